import numpy as np
import pytest

from crack_exp.painter.strokes import draw_lines, draw_polygons, fractal_paths, tapered
from crack_exp.painter.surface.textures import REFERENCE_PX


def test_a_fractal_path_keeps_its_ends_and_doubles_its_pieces_at_each_level() -> None:
    starts, ends = np.array([[0.0, 0.0], [5.0, 5.0]]), np.array([[10.0, 0.0], [5.0, 50.0]])
    paths = fractal_paths(np.random.default_rng(0), starts, ends, roughness=0.1, levels=3)
    assert paths.shape == (2, 9, 2)
    np.testing.assert_allclose(paths[:, 0], starts)
    np.testing.assert_allclose(paths[:, -1], ends)


def test_a_path_without_roughness_is_straight_and_evenly_spaced() -> None:
    path = fractal_paths(np.random.default_rng(0), np.array([[0.0, 0.0]]), np.array([[8.0, 4.0]]), 0.0, 2)
    np.testing.assert_allclose(path[0], [[0, 0], [2, 1], [4, 2], [6, 3], [8, 4]])


def test_the_area_of_a_line_is_its_length_times_its_width() -> None:
    path = np.array([[[50.0, 100.0], [100.0, 100.0], [150.0, 100.0]]])
    mask = draw_lines(path, 6.0, REFERENCE_PX)
    assert mask.sum() == pytest.approx(100 * 6, rel=0.08)
    assert mask[100, 100] == 1.0
    assert mask[92, 100] == mask[108, 100] == 0.0


def test_a_line_scales_with_the_patch() -> None:
    polygon = [np.array([[0, 0], [REFERENCE_PX / 2, 0], [REFERENCE_PX / 2, REFERENCE_PX], [0, REFERENCE_PX]])]
    for size_px in (64, 200):
        assert draw_polygons(polygon, size_px).mean() == pytest.approx(0.5, abs=0.02)


def test_a_tapered_path_ends_in_a_point() -> None:
    np.testing.assert_allclose(tapered(np.full((1, 5), 8.0), share=0.5), [[8, 8, 8, 4, 0]])
