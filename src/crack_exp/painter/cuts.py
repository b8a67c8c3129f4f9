"""Square cuts from paintings, which are painted larger than what is trained on."""

import numpy as np

from crack_exp.painter.stream import Paintings
from crack_exp.painter.stream_record import MASK_STRIDE_PX

LEAST_CRACK = 0.4  # of the crack of a painting, in what is cut from it


def cut(paintings: Paintings, numbers: np.ndarray, corners: np.ndarray, size_px: int) -> Paintings:
    """Squares `size_px` a side of paintings `numbers` (N,), each from a corner (N, 2): row and column of mask cells.

    Where less than LEAST_CRACK of a crack would be left, the middle is cut instead: no bare wall is called cracked.
    """
    cells, middle = size_px // MASK_STRIDE_PX, corners_to(paintings, size_px) // 2
    pixels = np.empty((len(numbers), size_px, size_px, 3), np.uint8)
    masks = np.empty((len(numbers), cells, cells), np.uint8)
    for place, (number, (row, column)) in enumerate(zip(numbers, corners, strict=True)):
        whole = paintings.masks[number]
        if whole[row : row + cells, column : column + cells].sum() < LEAST_CRACK * whole.sum():
            row = column = middle
        masks[place] = whole[row : row + cells, column : column + cells]
        top, left = row * MASK_STRIDE_PX, column * MASK_STRIDE_PX
        pixels[place] = paintings.pixels[number, top : top + size_px, left : left + size_px]
    return Paintings(pixels, paintings.labels[numbers], masks)


def middles(paintings: Paintings, size_px: int) -> Paintings:
    """The middle of each painting, `size_px` a side."""
    count, middle = len(paintings.labels), corners_to(paintings, size_px) // 2
    return cut(paintings, np.arange(count), np.full((count, 2), middle), size_px)


def corners_to(paintings: Paintings, size_px: int) -> int:
    """The last row, and the last column, in mask cells, at which a cut of `size_px` can begin."""
    return int(paintings.masks.shape[1] - size_px // MASK_STRIDE_PX)
