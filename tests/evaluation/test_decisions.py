"""Decisions at the threshold of each run, counted by hand."""

import numpy as np

from crack_exp.evaluation.decisions import decide
from crack_exp.evaluation.predictions import Predictions


def predicted(*crack: float, labels: str = "ccci") -> Predictions:
    """The probability of a crack for each of a few images, labelled c(rack) or i(ntact)."""
    names = [f"{number}.jpg" for number in range(len(crack))]
    truth = np.array(["ic".index(one) for one in labels])
    rows = np.array([[1 - score, score] for score in crack])
    return Predictions(names, names, truth, rows, ["intact", "crack"], frozenset([0]))


def test_each_run_decides_at_its_own_threshold() -> None:
    found = decide([predicted(0.1, 0.3, 0.6, 0.2), predicted(0.1, 0.3, 0.6, 0.2)], [0.25, 0.65])
    np.testing.assert_array_equal(found.says_crack, [[False, True, True, False], [False, False, False, False]])
    np.testing.assert_array_equal(found.correct, [[False, True, True, True], [False, False, False, True]])
    np.testing.assert_allclose(found.crack_score, [0.1, 0.3, 0.6, 0.2])


def test_a_score_at_the_threshold_is_a_crack() -> None:
    assert decide([predicted(0.5, 0.4, 0.6, 0.5)], [0.5]).says_crack.tolist() == [[True, False, True, True]]


def test_the_matrix_is_the_mean_over_runs_with_cracks_first() -> None:
    """The first run finds 2 of 3 cracks without a false alarm, the second all of them with one."""
    found = decide([predicted(0.1, 0.8, 0.6, 0.2), predicted(0.7, 0.8, 0.6, 0.9)], [0.5, 0.5])
    np.testing.assert_array_equal(found.confusion, [[2.5, 0.5], [0.5, 0.5]])


def test_images_on_which_runs_are_divided_are_counted() -> None:
    assert decide([predicted(0.1, 0.8, 0.6, 0.2), predicted(0.7, 0.8, 0.6, 0.9)], [0.5, 0.5]).divided == 2
    assert decide([predicted(0.1, 0.8, 0.6, 0.2)], [0.5]).divided == 0
