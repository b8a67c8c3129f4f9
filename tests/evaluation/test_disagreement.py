"""Images on which settings disagree, their order, and the prediction of each setting; all calculated by hand."""

from dataclasses import replace

import numpy as np
import pytest

from crack_exp.evaluation.disagreement import Disagreement, disagreements, seed_disagreements
from crack_exp.evaluation.predictions import Predictions

CLASSES = ["intact", "crack"]


def predicted(*crack: float, labels: str = "cccc") -> Predictions:
    """The probability of a crack for each of a few images, labelled c(rack) or i(ntact)."""
    names = [f"{number}.jpg" for number in range(len(crack))]
    rows = np.array([[1 - score, score] for score in crack])
    truth = np.array(["ic".index(one) for one in labels[: len(crack)]])
    return Predictions(names, names, truth, rows, CLASSES, frozenset([0]))


def names(settings: dict[str, list[Predictions]]) -> list[str]:
    return [one.name for one in disagreements(settings)]


def test_images_that_all_or_none_classify_correctly_are_not_listed() -> None:
    assert names({"a": [predicted(0.9, 0.1, 0.9)], "b": [predicted(0.6, 0.4, 0.1)]}) == ["2.jpg"]
    assert names({"a": [predicted(0.9, 0.1)], "b": [predicted(0.6, 0.4)]}) == []


def test_an_intact_image_is_listed_like_a_crack() -> None:
    assert names({"a": [predicted(0.9, 0.9, labels="ci")], "b": [predicted(0.9, 0.1, labels="ci")]}) == ["1.jpg"]


def test_the_largest_range_of_probabilities_comes_first() -> None:
    assert names({"a": [predicted(0.6, 0.99, 0.7)], "b": [predicted(0.4, 0.01, 0.4)]}) == ["1.jpg", "2.jpg", "0.jpg"]


def test_two_against_two_comes_before_one_against_three() -> None:
    """Whatever the probability of the one."""
    settings = {
        "a": [predicted(0.99, 0.6)],
        "b": [predicted(0.99, 0.6)],
        "c": [predicted(0.99, 0.4)],
        "d": [predicted(0.01, 0.4)],
    }
    assert names(settings) == ["1.jpg", "0.jpg"]


def test_the_number_of_correct_seeds_counts_before_the_probability() -> None:
    """Image 0: 2 of 3 seeds are correct against 1 of 3; image 1: 3 of 3 against 0, with lower probabilities."""
    settings = {
        "a": [predicted(0.99, 0.6), predicted(0.99, 0.6), predicted(0.01, 0.6)],
        "b": [predicted(0.01, 0.4), predicted(0.01, 0.4), predicted(0.99, 0.4)],
    }
    assert names(settings) == ["1.jpg", "0.jpg"]


def predictions(image: Disagreement) -> dict[str, tuple[str, str, float, bool]]:
    return {
        name: (one.class_name, f"{one.votes} of {one.seeds}", round(one.probability, 6), one.is_correct)
        for name, one in image.predictions.items()
    }


def test_the_prediction_of_a_setting_is_that_of_most_seeds() -> None:
    (image,) = disagreements(
        {"a": [predicted(0.8), predicted(0.6), predicted(0.1)], "b": [predicted(0.3), predicted(0.2), predicted(0.1)]}
    )
    assert image.label == "crack"
    assert predictions(image) == {"a": ("crack", "2 of 3", 0.5, True), "b": ("intact", "3 of 3", 0.8, False)}


def test_in_a_tie_the_mean_probability_decides() -> None:
    (image,) = disagreements({"a": [predicted(0.9), predicted(0.4)], "b": [predicted(0.6), predicted(0.1)]})
    assert predictions(image) == {"a": ("crack", "1 of 2", 0.65, True), "b": ("intact", "1 of 2", 0.65, False)}


def test_images_on_which_seeds_disagree_are_counted() -> None:
    assert seed_disagreements([predicted(0.9, 0.1, 0.9), predicted(0.6, 0.4, 0.1), predicted(0.6, 0.4, 0.2)]) == 1
    assert seed_disagreements([predicted(0.9, 0.1)]) == 0


def test_different_images_are_not_compared() -> None:
    other = replace(predicted(0.9, 0.9), names=["x.jpg", "y.jpg"])
    with pytest.raises(ValueError, match="evaluated on different images"):
        disagreements({"a": [predicted(0.9, 0.9)], "b": [other]})
