"""Tests of all pairs of settings: correction and conclusions."""

import numpy as np
import pytest

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.paired_tests import COMPARED, Difference
from crack_exp.evaluation.pairwise import Pair, compare_pairs, conclusion
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.standard_error import StandardError

COUNT = 240


def run(noise: float, seed: int, count: int = COUNT) -> Predictions:
    """A worse model for more noise; the six images of a photo have equal difficulty."""
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


def pairs(**settings: dict[str, Predictions]) -> dict[tuple[str, str], Pair]:
    found = compare_pairs(settings, "auroc", Bootstrap(200, 0, COMPARED))
    return {(pair.first, pair.second): pair for pair in found}


def test_settings_of_three_seeds_are_tested() -> None:
    found = pairs(good=seeds(1, 1, 2, 3), same=seeds(1.02, 1, 2, 3), bad=seeds(6, 1, 2, 3))
    assert list(found) == [("good", "same"), ("good", "bad"), ("same", "bad")]
    assert all(pair.compares_settings for pair in found.values())
    conclusions = {key: conclusion(pair, "auroc", 0.95, len(found)) for key, pair in found.items()}
    assert conclusions["good", "bad"] == conclusions["same", "bad"] == "bad is significantly worse"
    assert conclusions["good", "same"].startswith("no significant difference; smallest detectable: 0.0")


@pytest.mark.parametrize(
    ("standard_error", "more"),
    [
        (StandardError(0.0, 100, 0.0001, 5, 100), "seeds"),
        (StandardError(0.0001, 5, 0.0, 5, 5), "test images"),
        (StandardError(0.0001, 5, 0.0, 5, 100), "groups of test images"),
    ],
)
def test_the_smallest_detectable_difference_is_reported(standard_error: StandardError, more: str) -> None:
    none = Difference("auroc", 0.9, 0.91, standard_error, p=0.4, smallest_p=0.0)
    reported = conclusion(Pair("one", "other", ["1", "2", "3"], {"auroc": none}, p=0.4), "auroc", 0.95, 1)
    assert reported == f"no significant difference; smallest detectable: 0.037 (80 % power); more {more} lower it"


@pytest.mark.parametrize(
    ("standard_error", "smallest_p", "reported"),
    [
        (
            StandardError(0.0, 1, 0.0001, 3, 90),
            0.0,
            "the difference cannot be tested: all test images belong to one group",
        ),
        (StandardError(0.0, 9, 1e-33, 3, 90), 0.0, "the difference cannot be tested: its standard error is zero"),
        (
            StandardError(0.0001, 3, 0.0, 1, 90),
            0.25,
            "the models differ in too few groups of test images for a significant result",
        ),
        (StandardError(0.0001, 90, 0.0, 1, 90), 0.25, "the models differ on too few images for a significant result"),
    ],
)
def test_why_a_difference_cannot_be_tested_is_reported(
    standard_error: StandardError, smallest_p: float, reported: str
) -> None:
    seeds = ["1"] if smallest_p else ["1", "2", "3"]
    found = Difference("accuracy", 0.5, 0.9, standard_error, p=1.0, smallest_p=smallest_p)
    assert conclusion(Pair("one", "other", seeds, {"accuracy": found}), "accuracy", 0.95, 1) == reported


def test_p_values_are_corrected_for_all_pairs() -> None:
    two = pairs(good=seeds(1, 1, 2, 3), bad=seeds(6, 1, 2, 3))["good", "bad"]
    assert two.p == two.differences["auroc"].p
    three = pairs(good=seeds(1, 1, 2, 3), bad=seeds(6, 1, 2, 3), third=seeds(1.5, 1, 2, 3))["good", "bad"]
    assert three.p > three.differences["auroc"].p


def test_with_fewer_seeds_models_are_compared() -> None:
    found = pairs(good=seeds(1, 1, 2), bad=seeds(9, 1, 2))["good", "bad"]
    assert not found.compares_settings
    assert conclusion(found, "auroc", 0.95, 1) == "bad is significantly worse (model of seed 1)"
    better = pairs(bad=seeds(9, 1), good=seeds(1, 2))["bad", "good"]
    assert (
        better.seeds == [] and conclusion(better, "auroc", 0.95, 1) == "good is significantly better (one model each)"
    )


def test_a_lower_loss_is_better() -> None:
    found = compare_pairs({"bad": seeds(9, 1), "good": seeds(1, 1)}, "loss", Bootstrap(200, 0, COMPARED))
    assert found[0].differences["loss"].value < 0
    assert conclusion(found[0], "loss", 0.95, 1) == "good is significantly better (model of seed 1)"


def test_runs_on_different_images_are_not_compared() -> None:
    found = pairs(one=seeds(1, 1), other={"1": run(1, 1, count=120)}, third=seeds(9, 1))
    refused = found["one", "other"]
    assert refused.differences == {} and refused.p == 1.0
    assert conclusion(refused, "auroc", 0.95, 1).startswith(
        "evaluated on different images (240 and 120, 120 of them shared)"
    )
    assert found["one", "third"].p < 0.05


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_every_metric_has_its_conclusion(metric: str) -> None:
    found = compare_pairs({"good": seeds(1, 1), "bad": seeds(9, 1)}, metric, Bootstrap(200, 0, COMPARED))
    assert conclusion(found[0], metric, 0.95, 1) == "bad is significantly worse (model of seed 1)"
