"""Which images are shown, and what is written below them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.run.gallery import choose_images, gallery
from crack_exp.report.run.report import RunReport

# Image by image: right 0.9, wrong 0.7, right 0.6, wrong 0.95, right 0.8.
LABELS, SAID, SURE = [0, 0, 1, 1, 1], [0, 1, 1, 0, 1], [0.9, 0.7, 0.6, 0.95, 0.8]


def five_images() -> Predictions:
    rows = [[sure, 1 - sure] if said == 0 else [1 - sure, sure] for said, sure in zip(SAID, SURE, strict=True)]
    names = [f"{index}.jpg" for index in range(5)]
    return Predictions(names, names, np.array(LABELS), np.array(rows), ["intact", "crack"], frozenset({0}))


def test_surest_mistakes_first_then_right_answers_from_the_least_sure_on() -> None:
    assert choose_images(five_images(), images=5, most_mistakes=3) == [3, 1, 2, 4, 0]


def test_right_answers_keep_their_places_among_many_mistakes() -> None:
    assert choose_images(five_images(), images=3, most_mistakes=1) == [3, 2, 4]


def test_mistakes_fill_the_places_that_right_answers_leave() -> None:
    all_wrong = replace(five_images(), labels=1 - five_images().predicted)
    assert choose_images(all_wrong, images=4, most_mistakes=2) == [3, 0, 4, 1]


def test_image_and_caption_belong_together(make_report: Callable[..., RunReport]) -> None:
    figure = gallery(make_report(["intact", "crack"], images=24, mistakes=2))
    first, _, third = figure.axes[:3]
    # Of the two mistakes image 1, a crack, is the surer one: 0.6125 of the probability, and half of the rest.
    assert first.get_title(loc="left") == "✗ wrong"
    assert first.get_xlabel() == "label: crack\nmodel: intact\nprobability 80.6 %"
    assert np.unique(np.asarray(first.images[0].get_array())).tolist() == [1]
    assert third.get_title(loc="left") == "✓ right"
    assert third.get_xlabel().startswith("label: intact\nmodel: intact")
    assert np.unique(np.asarray(third.images[0].get_array())).tolist() == [2]
