"""Square crops from paintings, which are larger than the training images."""

import numpy as np

from crack_exp.painter.stream import Paintings
from crack_exp.painter.stream_record import MASK_STRIDE_PX

MIN_CRACK_SHARE = 0.4  # least share of the crack's area in a crop


def cut(paintings: Paintings, numbers: np.ndarray, corners: np.ndarray, size_px: int) -> Paintings:
    """Square crops, `size_px` a side, of paintings `numbers` (N,); corners (N, 2) are rows and columns in mask cells.

    If a crop would hold less than MIN_CRACK_SHARE of the crack, the centre is cropped instead, so that no intact
    surface is labelled as a crack.
    """
    cells, middle = size_px // MASK_STRIDE_PX, last_corner(paintings, size_px) // 2
    pixels = np.empty((len(numbers), size_px, size_px, 3), np.uint8)
    masks = np.empty((len(numbers), cells, cells), np.uint8)
    for place, (number, (row, column)) in enumerate(zip(numbers, corners, strict=True)):
        whole = paintings.masks[number]
        if whole[row : row + cells, column : column + cells].sum() < MIN_CRACK_SHARE * whole.sum():
            row = column = middle
        masks[place] = whole[row : row + cells, column : column + cells]
        top, left = row * MASK_STRIDE_PX, column * MASK_STRIDE_PX
        pixels[place] = paintings.pixels[number, top : top + size_px, left : left + size_px]
    return Paintings(pixels, paintings.labels[numbers], masks)


def centre_cuts(paintings: Paintings, size_px: int) -> Paintings:
    """The centre crop of each painting, `size_px` a side."""
    count, middle = len(paintings.labels), last_corner(paintings, size_px) // 2
    return cut(paintings, np.arange(count), np.full((count, 2), middle), size_px)


def last_corner(paintings: Paintings, size_px: int) -> int:
    """The largest row and column, in mask cells, at which a crop of `size_px` can begin."""
    return int(paintings.masks.shape[1] - size_px // MASK_STRIDE_PX)
