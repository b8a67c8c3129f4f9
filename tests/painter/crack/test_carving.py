import numpy as np
import pytest

from crack_exp.painter.crack.carving import carve, carve_deep, local_contrast
from crack_exp.painter.surface.wall import Wall

RIGHTWARDS = np.array([1, 0], np.float32)


def wall_of(luminance: np.ndarray) -> Wall:
    return Wall(luminance.astype(np.float32), RIGHTWARDS, np.ones(3, np.float32))


def grey_wall() -> Wall:
    return wall_of(np.full((227, 227), 0.5))


def groove(width_px: int) -> np.ndarray:
    mask = np.zeros((227, 227), np.float32)
    mask[:, 100 : 100 + width_px] = 1
    return mask


def test_a_groove_darkens_by_its_depth_and_lights_the_edge_beyond_it() -> None:
    wall = grey_wall()
    carve(wall, groove(1), depth=0.6, lip=0.2)
    np.testing.assert_allclose(wall.luminance[:, 100], 0.5 * 0.4, rtol=1e-6)
    np.testing.assert_allclose(wall.luminance[:, 102], 0.5 * 1.2, rtol=1e-6)
    np.testing.assert_allclose(wall.luminance[:, :100], 0.5)


def test_a_deep_crack_is_darkest_in_the_shadow_of_its_near_edge() -> None:
    wall = grey_wall()
    carve_deep(np.random.default_rng(0), wall, groove(20), depth=0.9)
    # Light from the left leaves the far side, on the right, brighter.
    assert wall.luminance[:, 101].mean() > wall.luminance[:, 110].mean()
    assert wall.luminance[:, 110].mean() < 0.1
    np.testing.assert_allclose(wall.luminance[:, :95], 0.5)


def test_local_contrast_is_relative_to_brightness_and_ignores_gradients() -> None:
    grain = np.random.default_rng(0).normal(0, 0.05, (400, 400))
    assert local_contrast(wall_of(0.5 + grain)) == pytest.approx(0.1, rel=0.05)
    ramp = np.broadcast_to(np.linspace(0.3, 0.7, 200), (200, 200))
    assert local_contrast(wall_of(ramp)) < 0.001
