import numpy as np
import pytest

from crack_exp.painter.surface.masonry import Bond, paint_masonry, steps_along_joints
from crack_exp.painter.surface.textures import REFERENCE_PX

LEVEL = np.array([1.0, 0.0])


def bond_of(shift: float) -> Bond:
    return Bond(length=60.0, height=20.0, joint=4.0, along=LEVEL, corner=np.array([10.0, 5.0]), shift=shift)


@pytest.mark.parametrize("shift", [0.5, 0.25])
def test_steps_follow_the_joints(shift: float) -> None:
    corners = steps_along_joints(np.random.default_rng(3), bond_of(shift)) - (10.0, 5.0)
    for (x, y), (next_x, next_y) in zip(corners[:-1], corners[1:], strict=True):
        if np.isclose(x, next_x):  # up or down, between two stones of one course
            course = int(np.floor((y + next_y) / 2 / 20.0))
            stones = (x - (course % 2) * shift * 60.0) / 60.0
            assert stones == pytest.approx(round(stones), abs=1e-6)
        else:  # along the joint between two courses
            assert y == pytest.approx(next_y)
            assert y / 20.0 == pytest.approx(round(y / 20.0), abs=1e-6)


def test_steps_cross_the_centre_of_the_patch() -> None:
    for seed in range(30):
        corners = steps_along_joints(np.random.default_rng(seed), bond_of(0.5))
        assert (np.abs(corners - REFERENCE_PX / 2) < REFERENCE_PX / 2).all(axis=1).sum() >= 3


def test_every_second_course_is_shifted() -> None:
    wall, bond = paint_masonry(np.random.default_rng(0), 227, np.array([1, 0], np.float32))
    assert wall.luminance.shape == (227, 227)
    assert np.isfinite(wall.luminance).all()
    assert 0.25 <= bond.shift <= 0.5
