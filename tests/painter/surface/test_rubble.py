import numpy as np
from scipy.ndimage import label

from crack_exp.painter.surface.rubble import _stones, paint_stones

RIGHTWARDS = np.array([1, 0], np.float32)


def test_the_number_of_stones_fits_their_spacing_and_each_is_one_piece() -> None:
    for seed in range(10):
        stone, _ = _stones(np.random.default_rng(seed), 227, spacing=32.0)
        found = np.unique(stone)
        assert 0.6 * (227 / 32) ** 2 <= len(found) <= 2.0 * (227 / 32) ** 2
        pieces = [label(stone == number)[1] for number in found]
        assert np.mean(np.array(pieces) == 1) >= 0.95


def test_the_distance_to_the_border_is_zero_between_two_stones() -> None:
    for seed in range(10):
        stone, to_border = _stones(np.random.default_rng(seed), 227, spacing=40.0)
        meets = stone[:, 1:] != stone[:, :-1]
        assert (to_border >= 0).all()
        assert np.median(to_border[:, 1:][meets]) <= 1.0
        assert np.median(to_border) >= 3.0


def test_a_wall_of_stones_is_as_large_at_any_resolution() -> None:
    small, large = (_stones(np.random.default_rng(1), size_px, spacing=30.0)[0] for size_px in (96, 192))
    assert abs(len(np.unique(small)) - len(np.unique(large))) <= 0.3 * len(np.unique(large))


def test_the_wall_is_finite_and_neither_black_nor_overexposed() -> None:
    for seed in range(30):
        wall = paint_stones(np.random.default_rng(seed), 128, RIGHTWARDS)
        assert wall.luminance.shape == (128, 128) and wall.luminance.dtype == np.float32
        assert np.isfinite(wall.coloured(np.ones((128, 128), np.float32))).all()
        assert 0.05 <= wall.luminance.mean() <= 1.0
