"""The choice of images in the gallery, and their captions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.gallery import choose_images, gallery

# Correct 0.9, wrong 0.7, correct 0.6, wrong 0.95, correct 0.8.
LABELS, PREDICTED, PROBABILITIES = [0, 0, 1, 1, 1], [0, 1, 1, 0, 1], [0.9, 0.7, 0.6, 0.95, 0.8]


def five_images() -> Predictions:
    rows = [
        [high, 1 - high] if predicted == 0 else [1 - high, high]
        for predicted, high in zip(PREDICTED, PROBABILITIES, strict=True)
    ]
    names = [f"{index}.jpg" for index in range(5)]
    return Predictions(names, names, np.array(LABELS), np.array(rows), ["intact", "crack"], frozenset({0}))


def test_errors_with_high_probability_come_first_then_correct_predictions_with_low_probability() -> None:
    assert choose_images(five_images(), images=5, max_errors=3) == [3, 1, 2, 4, 0]


def test_correct_predictions_are_shown_among_many_errors() -> None:
    assert choose_images(five_images(), images=3, max_errors=1) == [3, 2, 4]


def test_errors_fill_the_places_of_missing_correct_predictions() -> None:
    all_wrong = replace(five_images(), labels=1 - five_images().predicted)
    assert choose_images(all_wrong, images=4, max_errors=2) == [3, 0, 4, 1]


def test_each_image_has_its_caption(make_report: Callable[..., RunReport]) -> None:
    figure = gallery(make_report(["intact", "crack"], images=24, errors=2))
    first, _, third = figure.axes[:3]
    # The error with the higher probability is image 1, a crack: 0.6125, and half of the rest.
    assert first.get_title(loc="left") == "✗ wrong"
    assert first.get_xlabel() == "label: crack\npredicted: intact\nprobability 80.6 %"
    assert np.unique(np.asarray(first.images[0].get_array())).tolist() == [1]
    assert third.get_title(loc="left") == "✓ correct"
    assert third.get_xlabel().startswith("label: intact\npredicted: intact")
    assert np.unique(np.asarray(third.images[0].get_array())).tolist() == [2]
