import numpy as np
import pytest

from crack_exp.data.painter.carving import carve, local_contrast

RIGHTWARDS = np.array([1, 0], np.float32)


def groove() -> np.ndarray:
    mask = np.zeros((227, 227), np.float32)
    mask[:, 100] = 1
    return mask


def test_a_groove_darkens_by_its_depth_and_lights_the_edge_beyond_it() -> None:
    surface = np.full((3, 227, 227), 0.5, np.float32)
    carve(surface, groove(), depth=0.6, light=RIGHTWARDS, lip=0.2)
    np.testing.assert_allclose(surface[:, :, 100], 0.5 * 0.4, rtol=1e-6)
    np.testing.assert_allclose(surface[:, :, 102], 0.5 * 1.2, rtol=1e-6)
    np.testing.assert_allclose(surface[:, :, :100], 0.5)


def test_local_contrast_is_relative_to_brightness_and_blind_to_slow_change() -> None:
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 0.05, (3, 200, 200)).astype(np.float32)
    assert local_contrast(0.5 + grain) == pytest.approx(0.1, rel=0.05)
    ramp = np.broadcast_to(np.linspace(0.3, 0.7, 200, dtype=np.float32), (3, 200, 200))
    assert local_contrast(ramp) < 0.001
