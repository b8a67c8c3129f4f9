"""Tests of all pairs of settings: correction and conclusions."""

import numpy as np
import pytest

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.paired_tests import COMPARED, Difference
from crack_exp.evaluation.pairwise import Pair, compare_pairs, conclusion
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.sign_flips import SignFlips
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
    assert conclusions["good", "same"].startswith("no significant difference; smallest detectable gain: 0.0")


def concluded(metric: str, first: float, second: float, error: StandardError, flips: SignFlips | None = None) -> str:
    found = Difference(metric, first, second, error, flips)
    return conclusion(Pair("one", "other", ["1"] if flips else ["1", "2", "3"], {metric: found}), metric, 0.95, 1)


@pytest.mark.parametrize(
    ("standard_error", "gain", "more"),
    [
        (StandardError(0.0, 100, 1e-6, 5, 100), "0.0046", "seeds"),
        (StandardError(1e-6, 10, 0.0, 5, 10), "0.0035", "test images"),
        (StandardError(1e-6, 10, 0.0, 5, 100), "0.0035", "groups of test images"),
    ],
)
def test_the_smallest_detectable_gain_is_reported(standard_error: StandardError, gain: str, more: str) -> None:
    assert concluded("auroc", 0.9, 0.9001, standard_error) == (
        f"no significant difference; smallest detectable gain: {gain} (80 % power) of 0.1 that a perfect model would "
        f"gain; more {more} lower it"
    )


def test_a_gain_that_no_model_can_reach_is_not_promised() -> None:
    assert concluded("auroc", 0.98, 0.981, StandardError(1e-4, 100, 0.0, 5, 100)) == (
        "no significant difference; a perfect model would gain 0.02, and that would be found with 48 % probability; "
        "more test images raise it"
    )


def flips(*excess: int, errors: int = 9) -> SignFlips:
    """In groups in which the first model has so many errors."""
    wrong = np.full(len(excess), errors)
    return SignFlips(np.array(excess), np.stack([wrong, wrong - excess]), 10 * len(excess))


@pytest.mark.parametrize(
    ("standard_error", "found", "reported"),
    [
        (
            StandardError(0.0, 1, 0.0001, 3, 90),
            None,
            "the difference cannot be tested: all test images belong to one group",
        ),
        (StandardError(0.0, 9, 1e-33, 3, 90), None, "the difference cannot be tested: its standard error is zero"),
        (
            StandardError(0.0001, 5, 0.0, 1, 90),
            flips(9, 8, 7, 6, 9),
            "no difference can be significant in 5 groups of test images: it takes at least 6",
        ),
        (
            StandardError(0.0001, 6, 0.0, 1, 90),
            flips(9, 8, 7, -6, 9, -1),
            "no significant difference; in 6 groups of test images, nearly all would have to agree: to rely on finding "
            "a gain, take 8 or more",
        ),
        (
            StandardError(0.0001, 20, 0.0, 1, 200),
            flips(*[1] * 3, *[0] * 17),
            "the models differ in too few groups of test images for a significant result; smallest detectable gain: ",
        ),
        (
            StandardError(0.0001, 90, 0.0, 1, 90),
            flips(*[1] * 3, *[0] * 87, errors=1),
            "the models differ on too few images for a significant result; smallest detectable gain: ",
        ),
    ],
)
def test_why_a_difference_is_not_found_is_reported(
    standard_error: StandardError, found: SignFlips | None, reported: str
) -> None:
    said = concluded("accuracy", 0.5, 0.9, standard_error, found)
    assert said.startswith(reported) and (said == reported or reported.endswith(": "))


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
