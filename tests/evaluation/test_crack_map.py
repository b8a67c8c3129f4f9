"""Figures of a crack map, worked out by hand."""

import math

import numpy as np
import pytest

from crack_exp.evaluation.crack_map import CrackMap, covered, map_figures, mean_cells, mean_scores, tile_starts


def half_overlapping(scores: list[list[float]]) -> CrackMap:
    """Tiles of 10 px, the next one 5 px further."""
    table = np.array(scores, np.float32)
    rows, columns = table.shape
    return CrackMap(5 * np.arange(columns), 5 * np.arange(rows), 10, table, 5 * columns + 5, 5 * rows + 5)


@pytest.mark.parametrize(
    ("length_px", "overlap", "starts"),
    [
        (10, 0.5, [0]),
        (20, 0.5, [0, 5, 10]),
        (23, 0.5, [0, 5, 10, 13]),
        (11, 0.5, [0, 1]),
        (30, 0.0, [0, 10, 20]),
        (31, 0.0, [0, 10, 20, 21]),
        (13, 0.99, [0, 1, 2, 3]),
    ],
)
def test_tiles_reach_both_ends_and_none_is_padded(length_px: int, overlap: float, starts: list[int]) -> None:
    assert tile_starts(length_px, 10, overlap).tolist() == starts


def test_boxes_come_row_by_row() -> None:
    found = half_overlapping([[0, 0], [0, 0]])
    assert found.boxes() == [(0, 0, 10, 10), (5, 0, 15, 10), (0, 5, 10, 15), (5, 5, 15, 15)]


def test_figures_of_two_runs() -> None:
    """Three tiles in a diagonal, and one apart, on 35 x 25 px."""
    scores = [
        [0.9, 0.1, 0.1, 0.1, 0.1, 0.1],
        [0.1, 0.8, 0.1, 0.1, 0.1, 0.1],
        [0.1, 0.1, 0.7, 0.1, 0.1, 0.1],
        [0.1, 0.1, 0.1, 0.1, 0.1, 0.6],
    ]
    figures = map_figures(half_overlapping(scores), threshold=0.5, min_tiles=1)
    assert (figures.tiles, figures.cracked_tiles, figures.runs) == (24, 4, 2)
    assert figures.longest_run_px == pytest.approx(math.hypot(10, 10) + 10)
    # 100 px for a tile; neighbours in the diagonal share 5 x 5 px; the last tile begins at (25, 15), the third ends
    # at (20, 20).
    assert figures.cracked_share == pytest.approx((4 * 100 - 2 * 25) / (35 * 25))
    assert figures.highest_score == pytest.approx(0.9) and figures.is_crack


def test_a_tile_at_the_threshold_is_cracked() -> None:
    found = half_overlapping([[0.1, 0.3]])
    assert map_figures(found, 0.3, min_tiles=1).cracked_tiles == 1
    assert map_figures(found, 0.3000001, min_tiles=1).cracked_tiles == 0


def test_a_run_of_too_few_tiles_is_no_crack() -> None:
    found = half_overlapping([[0.9, 0.9, 0.1, 0.9]])
    assert map_figures(found, 0.5, min_tiles=2).is_crack
    assert not map_figures(found, 0.5, min_tiles=3).is_crack


def test_a_map_without_cracks_has_no_run() -> None:
    figures = map_figures(half_overlapping([[0.1, 0.2]]), 0.5, min_tiles=1)
    assert (figures.runs, figures.cracked_share, figures.longest_run_px, figures.is_crack) == (0, 0.0, 0.0, False)
    assert figures.highest_score == pytest.approx(0.2)


def test_a_single_tile_is_as_long_as_its_side() -> None:
    assert map_figures(half_overlapping([[0.9]]), 0.5, min_tiles=1).longest_run_px == 10


def test_the_extent_of_a_run_is_between_its_farthest_tiles() -> None:
    """A bow: its ends lie in one row, its middle below."""
    bow = [[0.9, 0.0, 0.0, 0.0, 0.9], [0.0, 0.9, 0.9, 0.9, 0.0]]
    assert map_figures(half_overlapping(bow), 0.5, 1).longest_run_px == 20 + 10
    column = [[0.9], [0.9], [0.9], [0.9]]
    assert map_figures(half_overlapping(column), 0.5, 1).longest_run_px == 15 + 10


def test_the_share_counts_the_shifted_last_tile_where_it_lies() -> None:
    """The tiles begin at 0 and 3 of 13 px: together they cover all of it."""
    found = CrackMap(np.array([0, 3]), np.array([0]), 10, np.array([[0.9, 0.9]]), 13, 10)
    assert map_figures(found, 0.5, 1).cracked_share == 1.0
    one = CrackMap(np.array([0, 3]), np.array([0]), 10, np.array([[0.1, 0.9]]), 13, 10)
    assert map_figures(one, 0.5, 1).cracked_share == pytest.approx(10 / 13)


def test_a_pixel_has_the_mean_score_of_the_tiles_over_it() -> None:
    found = half_overlapping([[0.2, 0.6], [0.4, 1.0]])
    means = mean_scores(found, step_px=1)
    assert means.shape == (15, 15)
    assert means[0, 0] == pytest.approx(0.2) and means[0, 14] == pytest.approx(0.6)
    assert means[0, 7] == pytest.approx(0.4), "0.2 and 0.6"
    assert means[7, 0] == pytest.approx(0.3), "0.2 and 0.4"
    assert means[7, 7] == pytest.approx(0.55), "all four"


@pytest.mark.parametrize("step", [1, 2, 3, 4, 7])
def test_coarser_maps_are_every_so_many_pixels_of_the_finest(step: int) -> None:
    scores = np.random.default_rng(0).random((4, 5))
    found = CrackMap(np.array([0, 6, 12, 18, 23]), np.array([0, 6, 12, 15]), 11, scores, 34, 26)
    chosen = scores > 0.6
    np.testing.assert_array_equal(covered(found, chosen, step), covered(found, chosen)[::step, ::step])
    np.testing.assert_allclose(mean_scores(found, step), mean_scores(found, 1)[::step, ::step], rtol=1e-6)


def test_cells_lie_where_they_are_in_their_tile_and_between_their_centres_they_are_linear() -> None:
    cells = np.array([[[[0, 1], [0, 1]]]], np.float32)  # of 4 px: centres at 2 and 6 px
    found = CrackMap(np.array([0]), np.array([0]), 8, np.ones((1, 1)), 8, 8, cells)
    expected = [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1]  # at the centres of pixels: 0.5, 1.5, ...
    np.testing.assert_allclose(mean_cells(found, 1), [expected] * 8, atol=1e-6)
    np.testing.assert_allclose(mean_cells(found, 2), [expected[::2]] * 4, atol=1e-6)


def test_where_tiles_overlap_their_cells_are_averaged_also_at_the_end_of_a_photo() -> None:
    cells = np.zeros((1, 3, 2, 2), np.float32)
    cells[0, 1], cells[0, 2] = 1, 0.5
    found = CrackMap(np.array([0, 5, 7]), np.array([0]), 10, np.ones((1, 3)), 17, 10, cells)
    row = [0] * 5 + [1 / 2] * 2 + [1.5 / 3] * 3 + [1.5 / 2] * 5 + [0.5] * 2
    np.testing.assert_allclose(mean_cells(found, 1), [row] * 10, atol=1e-6)
    np.testing.assert_allclose(mean_cells(found, 3), [row[::3]] * 4, atol=1e-6)
