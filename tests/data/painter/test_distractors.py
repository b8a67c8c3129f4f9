from collections.abc import Callable

import numpy as np
import pytest

from crack_exp.data.painter.distractors import OVER_THE_CRACK, UNDER_THE_CRACK, joints

DISTRACTORS = [*UNDER_THE_CRACK, *OVER_THE_CRACK]


def test_the_hard_negatives_are_all_there() -> None:
    names = {distractor.__name__ for distractor in DISTRACTORS}
    assert names == {"boards", "joints", "stains", "pores", "dents", "scratches", "cable", "shadow"}


@pytest.mark.parametrize("distractor", DISTRACTORS)
def test_a_distractor_leaves_a_mark_and_no_nonsense(distractor: Callable[..., None]) -> None:
    marked = 0
    for seed in range(20):
        surface = np.full((3, 96, 96), 0.5, np.float32)
        distractor(np.random.default_rng(seed), surface, np.array([1, 0], np.float32))
        assert surface.dtype == np.float32
        assert np.isfinite(surface).all()
        assert surface.min() >= -0.2 and surface.max() <= 1.2
        marked += np.abs(surface - 0.5).max() > 0.02
    assert marked >= 15


def test_a_joint_is_straight_and_runs_from_rim_to_rim() -> None:
    surface = np.full((3, 128, 128), 0.5, np.float32)
    joints(np.random.default_rng(1), surface, np.array([1, 0], np.float32))
    touched = np.abs(surface[1] - 0.5) > 0.02
    assert touched.any(axis=0).all() or touched.any(axis=1).all()
