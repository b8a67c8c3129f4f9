"""A photograph does not change the wall."""

import numpy as np

from crack_exp.painter.camera import photograph
from crack_exp.painter.surface.concrete import paint_concrete


def test_one_wall_can_be_photographed_twice() -> None:
    rng = np.random.default_rng(0)
    wall = paint_concrete(rng, 64, np.array([1, 0], np.float32))
    before = wall.luminance.copy()
    one, other = photograph(rng, wall), photograph(rng, wall)
    np.testing.assert_array_equal(wall.luminance, before)
    assert one.shape == (64, 64, 3) and one.dtype == np.uint8
    assert not np.array_equal(one, other)
