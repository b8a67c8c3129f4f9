"""The choice of images in the gallery, and their captions."""

from collections.abc import Callable

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.ranked_decisions import rank_decisions
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.gallery import choose_images, gallery


def scored(cracks: list[float], intact: list[float]) -> Predictions:
    scores, labels = np.array(cracks + intact), np.array([1] * len(cracks) + [0] * len(intact))
    names = [f"{index}.jpg" for index in range(len(labels))]
    return Predictions(
        names, names, labels, np.stack([1 - scores, scores], axis=1), ["intact", "crack"], frozenset({0})
    )


# At 0.5: cracks 0 and 1 missed, 2 and 3 found; intact 4 and 5 false alarms, 6 and 7 not.
EIGHT = scored(cracks=[0.4, 0.1, 0.9, 0.6], intact=[0.7, 0.8, 0.2, 0.45])


def kinds(images: int, max_errors: int) -> list[tuple[int, str]]:
    return choose_images(rank_decisions(EIGHT, 0.5), images, max_errors)


def test_the_surest_errors_come_first_then_the_least_sure_correct_decisions() -> None:
    assert kinds(images=8, max_errors=8) == [
        *((1, "missed"), (0, "missed"), (5, "false_alarms"), (4, "false_alarms")),
        *((3, "found"), (2, "found"), (7, "passed"), (6, "passed")),
    ]


def test_missed_cracks_and_false_alarms_share_the_places() -> None:
    assert kinds(images=4, max_errors=2) == [(1, "missed"), (5, "false_alarms"), (3, "found"), (7, "passed")]


def test_errors_fill_the_places_of_missing_correct_decisions() -> None:
    all_wrong = rank_decisions(scored(cracks=[0.1, 0.2], intact=[0.8]), 0.5)
    assert choose_images(all_wrong, images=4, max_errors=1) == [(0, "missed"), (1, "missed"), (2, "false_alarms")]


def test_the_decision_is_the_one_at_the_threshold(make_report: Callable[..., RunReport]) -> None:
    # At 0.05 every intact image is a false alarm, although its most probable class is its label.
    assert rank_decisions(EIGHT, 0.05).counts.tolist() == [[4, 0], [4, 0]]
    assert rank_decisions(EIGHT, 0.5).counts.tolist() == [[2, 2], [2, 2]]


def test_each_image_has_its_caption(make_report: Callable[..., RunReport]) -> None:
    figure = gallery(make_report(["intact", "crack"], images=24, errors=2))
    first, second, third = figure.axes[:3]
    # Image 1 is a crack whose probability of intact is 0.6125, and half of the rest.
    assert first.get_title(loc="left") == "✗ missed crack"
    assert first.get_xlabel() == "label: crack\ncrack score 0.194"
    assert np.unique(np.asarray(first.images[0].get_array())).tolist() == [1]
    assert second.get_title(loc="left") == "✗ false alarm"
    assert third.get_title(loc="left") == "✓ crack found"


def test_of_several_classes_the_most_probable_one_is_named(make_report: Callable[..., RunReport]) -> None:
    figure = gallery(make_report(["intact", "fine", "wide"], images=24, errors=2))
    assert figure.axes[0].get_xlabel().splitlines()[-1].startswith("class: ")
