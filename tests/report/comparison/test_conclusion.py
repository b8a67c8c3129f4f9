"""The result of a paired test in words."""

import numpy as np
import pytest

from crack_exp.evaluation.paired_tests import Difference
from crack_exp.evaluation.pairwise import Pair
from crack_exp.evaluation.sign_flips import SignFlips
from crack_exp.evaluation.standard_error import StandardError
from crack_exp.report.comparison.conclusion import conclusion

SURE = StandardError(1e-6, 100, 0.0, 3, 100)


def pair(metric: str, first: float, second: float, seeds: list[str]) -> Pair:
    return Pair("one", "other", seeds, {metric: Difference(metric, first, second, SURE, None)}, p=1e-4)


def test_a_significant_difference_says_which_is_better() -> None:
    three = ["1", "2", "3"]
    assert conclusion(pair("auroc", 0.8, 0.9, three), "auroc", 0.95, 1) == "other is significantly better"
    assert conclusion(pair("auroc", 0.9, 0.8, three), "auroc", 0.95, 1) == "other is significantly worse"
    assert conclusion(pair("loss", 0.9, 0.8, three), "loss", 0.95, 1) == "other is significantly better", "lower"


def test_with_fewer_seeds_it_says_which_models_were_compared() -> None:
    assert conclusion(pair("auroc", 0.8, 0.9, ["4", "7"]), "auroc", 0.95, 1) == (
        "other is significantly better (model of seed 4)"
    )
    assert conclusion(pair("auroc", 0.8, 0.9, []), "auroc", 0.95, 1) == (
        "other is significantly better (one model each)"
    )


def test_what_was_not_tested_has_its_reason() -> None:
    assert conclusion(Pair("one", "other", [], {}, refused="on other images"), "auroc", 0.95, 1) == "on other images"
    assert conclusion(Pair("one", "other", [], {}), "auroc", 0.95, 1) == (
        "cannot be tested: too few groups of test images for auroc"
    )


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
        f"no significant difference; smallest detectable gain: {gain} (80 % power) of 0.0999 that a perfect model "
        f"would gain; more {more} lower it"
    )


def test_a_gain_that_no_model_can_reach_is_not_promised() -> None:
    assert concluded("auroc", 0.98, 0.981, StandardError(1e-4, 100, 0.0, 5, 100)) == (
        "no significant difference; a perfect model would gain 0.0195, and that would be found with 48 % probability; "
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
    assert said.startswith(reported) and (said == reported or "points (80 % power) of " in said)
