"""Which images divide the settings, in which order, and what each setting said; all worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from crack_exp.evaluation.disagreement import Disagreement, disagreements, divided_seeds
from crack_exp.evaluation.predictions import Predictions

CLASSES = ["intact", "crack"]


def said(*crack: float, labels: str = "cccc") -> Predictions:
    """The probability of a crack for each of a few images, labelled c(rack) or i(ntact)."""
    names = [f"{number}.jpg" for number in range(len(crack))]
    rows = np.array([[1 - score, score] for score in crack])
    truth = np.array(["ic".index(one) for one in labels[: len(crack)]])
    return Predictions(names, names, truth, rows, CLASSES, frozenset([0]))


def names(settings: dict[str, list[Predictions]]) -> list[str]:
    return [one.name for one in disagreements(settings)]


def test_images_that_all_are_right_about_or_all_are_wrong_about_divide_nobody() -> None:
    assert names({"a": [said(0.9, 0.1, 0.9)], "b": [said(0.6, 0.4, 0.1)]}) == ["2.jpg"]
    assert names({"a": [said(0.9, 0.1)], "b": [said(0.6, 0.4)]}) == []


def test_an_intact_image_divides_them_as_a_crack_does() -> None:
    assert names({"a": [said(0.9, 0.9, labels="ci")], "b": [said(0.9, 0.1, labels="ci")]}) == ["1.jpg"]


def test_those_that_contradict_each_other_most_surely_come_first() -> None:
    assert names({"a": [said(0.6, 0.99, 0.7)], "b": [said(0.4, 0.01, 0.4)]}) == ["1.jpg", "2.jpg", "0.jpg"]


def test_a_half_to_half_split_comes_before_a_single_outlier() -> None:
    """However sure the outlier is."""
    settings = {"a": [said(0.99, 0.6)], "b": [said(0.99, 0.6)], "c": [said(0.99, 0.4)], "d": [said(0.01, 0.4)]}
    assert names(settings) == ["1.jpg", "0.jpg"]


def test_what_every_seed_says_counts_more_than_what_one_seed_says_surely() -> None:
    """Image 0: 2 of 3 seeds are right against 1 of 3; image 1: 3 of 3 against none, though less surely."""
    settings = {
        "a": [said(0.99, 0.6), said(0.99, 0.6), said(0.01, 0.6)],
        "b": [said(0.01, 0.4), said(0.01, 0.4), said(0.99, 0.4)],
    }
    assert names(settings) == ["1.jpg", "0.jpg"]


def answers(image: Disagreement) -> dict[str, tuple[str, str, float, bool]]:
    return {
        name: (one.said, f"{one.agreeing} of {one.seeds}", round(one.probability, 6), one.is_right)
        for name, one in image.answers.items()
    }


def test_an_answer_is_what_most_seeds_say() -> None:
    (image,) = disagreements({"a": [said(0.8), said(0.6), said(0.1)], "b": [said(0.3), said(0.2), said(0.1)]})
    assert image.label == "crack"
    assert answers(image) == {"a": ("crack", "2 of 3", 0.5, True), "b": ("intact", "3 of 3", 0.8, False)}


def test_of_a_tie_the_mean_probability_decides() -> None:
    (image,) = disagreements({"a": [said(0.9), said(0.4)], "b": [said(0.6), said(0.1)]})
    assert answers(image) == {"a": ("crack", "1 of 2", 0.65, True), "b": ("intact", "1 of 2", 0.65, False)}


def test_seeds_of_one_setting_are_divided_where_some_alone_are_right() -> None:
    assert divided_seeds([said(0.9, 0.1, 0.9), said(0.6, 0.4, 0.1), said(0.6, 0.4, 0.2)]) == 1
    assert divided_seeds([said(0.9, 0.1)]) == 0


def test_other_images_are_not_compared() -> None:
    other = replace(said(0.9, 0.9), names=["x.jpg", "y.jpg"])
    with pytest.raises(ValueError, match="judged on different images"):
        disagreements({"a": [said(0.9, 0.9)], "b": [other]})
