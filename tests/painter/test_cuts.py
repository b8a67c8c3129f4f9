"""Crops from paintings: their position, and the share of the crack in them."""

import numpy as np
import pytest

from crack_exp.painter.cuts import centre_cuts, cut, last_corner
from crack_exp.painter.stream import Paintings
from crack_exp.painter.stream_record import MASK_STRIDE_PX

SIZE_PX, CUT_PX = 40, 32
CELLS, CUT_CELLS = SIZE_PX // MASK_STRIDE_PX, CUT_PX // MASK_STRIDE_PX


def paintings(*masks: np.ndarray) -> Paintings:
    """The value of each pixel is the number of its cell."""
    numbers = np.arange(CELLS**2, dtype=np.uint8).reshape(CELLS, CELLS)
    pixels = np.kron(numbers, np.ones((MASK_STRIDE_PX, MASK_STRIDE_PX), np.uint8))
    count = len(masks)
    every = np.repeat(np.repeat(pixels[None, ..., None], 3, axis=3), count, axis=0)
    return Paintings(every, np.arange(count), np.stack(masks))


def crack(*columns: int) -> np.ndarray:
    mask = np.zeros((CELLS, CELLS), np.uint8)
    mask[:, list(columns)] = 255
    return mask


def first_cell(pixels: np.ndarray) -> tuple[int, int]:
    return divmod(int(pixels[0, 0, 0]), CELLS)


@pytest.mark.parametrize("corner", [(0, 0), (1, 2), (2, 2)])
def test_pixels_and_mask_are_of_the_same_place(corner: tuple[int, int]) -> None:
    numbers = np.arange(CELLS**2, dtype=np.uint8).reshape(CELLS, CELLS)
    result = cut(paintings(numbers + 100), np.array([0]), np.array([corner]), CUT_PX)
    assert result.pixels.shape == (1, CUT_PX, CUT_PX, 3) and result.masks.shape == (1, CUT_CELLS, CUT_CELLS)
    assert first_cell(result.pixels[0]) == corner
    np.testing.assert_array_equal(result.pixels[0, ::MASK_STRIDE_PX, ::MASK_STRIDE_PX, 0], result.masks[0] - 100)


def test_a_crop_that_misses_the_crack_is_replaced_by_the_centre() -> None:
    without, with_crack, intact = crack(1), crack(8), crack()
    result = cut(paintings(without, with_crack, intact), np.arange(3), np.array([[0, 2]] * 3), CUT_PX)
    assert [first_cell(pixels) for pixels in result.pixels] == [(1, 1), (0, 2), (0, 2)]


def test_a_crop_may_omit_a_small_part_of_the_crack() -> None:
    result = cut(paintings(crack(0, 8, 9)), np.array([0]), np.array([[0, 2]]), CUT_PX)
    assert first_cell(result.pixels[0]) == (0, 2) and result.masks[0].any()


def test_several_crops_of_a_painting_keep_its_label() -> None:
    result = cut(paintings(crack(), crack()), np.array([1, 0, 1]), np.array([[0, 0], [0, 1], [2, 2]]), CUT_PX)
    assert result.labels.tolist() == [1, 0, 1]
    assert [first_cell(pixels) for pixels in result.pixels] == [(0, 0), (0, 1), (2, 2)]


def test_the_centre_crop_is_at_the_centre() -> None:
    result = centre_cuts(paintings(crack(0), crack()), CUT_PX)
    assert [first_cell(pixels) for pixels in result.pixels] == [(1, 1), (1, 1)]


def test_a_crop_of_full_size_is_the_painting() -> None:
    whole = paintings(crack(0))
    assert last_corner(whole, SIZE_PX) == 0 and last_corner(whole, CUT_PX) == CELLS - CUT_CELLS
    np.testing.assert_array_equal(cut(whole, np.array([0]), np.zeros((1, 2), int), SIZE_PX).pixels, whole.pixels)
