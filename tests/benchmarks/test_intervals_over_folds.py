"""Simulated intervals over folds: what the correction changes."""

from importlib import import_module

import numpy as np
import pytest

simulation = import_module("intervals_over_folds")


def test_intervals_hold_with_the_correction_and_do_not_without() -> None:
    """Of a classifier that depends on which walls it learned from."""
    scores = simulation.drawn(simulation.CASES[1], draws=150)
    before, now = (simulation.share_held(scores[:, 0], overlap, scores.mean()) for overlap in (0.0, simulation.OVERLAP))
    assert before < 0.9 < now


def test_the_auroc_of_a_fold_is_the_share_of_pairs_in_order() -> None:
    """Cracks at 0.9 and 0.5, intact at 0.5 and 0.1: three pairs in order and a tie."""
    assert simulation.auroc(np.array([[0.9, 0.5], [0.5, 0.1]]), np.array([[1, 1], [0, 0]])) == pytest.approx(3.5 / 4)
