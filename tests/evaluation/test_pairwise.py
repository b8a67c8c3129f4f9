"""Every pair is tested once, all of them are corrected for together, and said in words."""

import numpy as np
import pytest

from crack_exp.evaluation.paired_tests import Difference
from crack_exp.evaluation.pairwise import Pair, compare_pairs, verdict
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.standard_error import StandardError

COUNT = 240


def run(noise: float, seed: int, count: int = COUNT) -> Predictions:
    """The higher the noise the worse; images of one photo, six each, are equally hard."""
    labels = np.arange(count) % 2
    random, hard = np.random.default_rng(seed), np.repeat(np.random.default_rng(9).normal(size=count // 6), 6)
    logits = 2 * (2 * labels - 1) + hard + noise * random.normal(size=count)
    scores = 1 / (1 + np.exp(-logits))
    return Predictions(
        names=[f"{number:04}" for number in range(count)],
        groups=[f"photo {number // 6}" for number in range(count)],
        labels=labels,
        probabilities=np.stack([1 - scores, scores], axis=1),
        class_names=["intact", "crack"],
        intact=frozenset([0]),
    )


def seeds(noise: float, *numbers: int) -> dict[str, Predictions]:
    return {str(number): run(noise, number) for number in numbers}


def pairs(**contenders: dict[str, Predictions]) -> dict[tuple[str, str], Pair]:
    found = compare_pairs(contenders, "auroc", resamples=200, seed=0)
    return {(pair.first, pair.second): pair for pair in found}


def test_settings_are_told_apart_by_three_seeds_and_luck_is_not() -> None:
    found = pairs(good=seeds(1, 1, 2, 3), same=seeds(1.02, 1, 2, 3), bad=seeds(6, 1, 2, 3))
    assert list(found) == [("good", "same"), ("good", "bad"), ("same", "bad")]
    assert all(pair.of_settings for pair in found.values())
    says = {key: verdict(pair, "auroc", 0.95, len(found)) for key, pair in found.items()}
    assert says["good", "bad"] == says["same", "bad"] == "bad is the worse setting"
    assert says["good", "same"].startswith("no difference between the settings could be detected; one of 0.0")


@pytest.mark.parametrize(
    ("luck", "more"),
    [
        (StandardError(0.0, 100, 0.0001, 5, 100), "seeds"),
        (StandardError(0.0001, 5, 0.0, 5, 5), "test images"),
        (StandardError(0.0001, 5, 0.0, 5, 100), "groups of test images"),
    ],
)
def test_it_says_what_would_show_a_smaller_difference(luck: StandardError, more: str) -> None:
    none = Difference("auroc", 0.9, 0.91, luck, p=0.4, floor=0.0)
    said = verdict(Pair("one", "other", ["1", "2", "3"], {"auroc": none}, p=0.4), "auroc", 0.95, 1)
    assert said == (
        "no difference between the settings could be detected; one of 0.037 would have been, a smaller one with more "
        + more
    )


@pytest.mark.parametrize(
    ("luck", "floor", "said"),
    [
        (
            StandardError(0.0, 1, 0.0001, 3, 90),
            0.0,
            "this difference cannot be told from luck: all test images are of one group",
        ),
        (StandardError(0.0, 9, 1e-33, 3, 90), 0.0, "this difference cannot be told from luck: nothing varied"),
        (
            StandardError(0.0001, 3, 0.0, 1, 90),
            0.25,
            "too few groups of test images divide the models to tell them apart",
        ),
    ],
)
def test_where_nothing_can_be_told_that_is_said(luck: StandardError, floor: float, said: str) -> None:
    seeds = ["1"] if floor else ["1", "2", "3"]
    found = Difference("accuracy", 0.5, 0.9, luck, p=1.0, floor=floor)
    assert verdict(Pair("one", "other", seeds, {"accuracy": found}), "accuracy", 0.95, 1) == said


def test_the_p_counts_all_pairs() -> None:
    two = pairs(good=seeds(1, 1, 2, 3), bad=seeds(6, 1, 2, 3))["good", "bad"]
    assert two.p == two.differences["auroc"].p
    three = pairs(good=seeds(1, 1, 2, 3), bad=seeds(6, 1, 2, 3), third=seeds(1.5, 1, 2, 3))["good", "bad"]
    assert three.p > three.differences["auroc"].p


def test_with_fewer_seeds_it_is_models_that_are_spoken_of() -> None:
    found = pairs(good=seeds(1, 1, 2), bad=seeds(9, 1, 2))["good", "bad"]
    assert not found.of_settings
    assert verdict(found, "auroc", 0.95, 1) == "bad is the worse model (seed 1)"
    better = pairs(bad=seeds(9, 1), good=seeds(1, 2))["bad", "good"]
    assert better.seeds == [] and verdict(better, "auroc", 0.95, 1) == "good is the better model"


def test_a_lower_loss_is_better() -> None:
    found = compare_pairs({"bad": seeds(9, 1), "good": seeds(1, 1)}, "loss", resamples=200, seed=0)
    assert found[0].differences["loss"].value < 0
    assert verdict(found[0], "loss", 0.95, 1) == "good is the better model (seed 1)"


def test_runs_judged_on_other_images_are_refused_and_said() -> None:
    found = pairs(one=seeds(1, 1), other={"1": run(1, 1, count=120)}, third=seeds(9, 1))
    refused = found["one", "other"]
    assert refused.differences == {} and refused.p == 1.0
    assert verdict(refused, "auroc", 0.95, 1).startswith("judged on different images (240 and 120, 120 of them shared)")
    assert found["one", "third"].p < 0.05


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_every_metric_has_its_verdict(metric: str) -> None:
    found = compare_pairs({"good": seeds(1, 1), "bad": seeds(9, 1)}, metric, resamples=200, seed=0)
    assert verdict(found[0], metric, 0.95, 1) == "bad is the worse model (seed 1)"
