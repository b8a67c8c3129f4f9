"""Crack maps over photos: a model that tells where cracks run gets lines, others the area under their tiles."""

from io import BytesIO

import numpy as np
from PIL import Image

from crack_exp.evaluation.crack_map import CrackMap
from crack_exp.report.survey.pictures import write_annotated, write_map

TILE_PX, THRESHOLD = 64, 0.5
ROWS = slice(24, 40)
"""Of the pixels of a crack that runs across."""


def two_tiles(scores: tuple[float, float], cells: bool) -> CrackMap:
    """Side by side, of eight by eight cells; a crack runs across both."""
    lines = np.zeros((1, 2, 8, 8), np.float32)
    lines[:, :, 3:5] = 1
    lefts, tops = np.array([0, TILE_PX]), np.array([0])
    return CrackMap(lefts, tops, TILE_PX, np.array([scores]), 128, 64, lines if cells else None)


def changed(found: CrackMap, write: object = write_map) -> np.ndarray:
    """(64, 128) bool: where the picture differs from the grey photo."""
    photo, file = Image.new("RGB", (128, 64), (128, 128, 128)), BytesIO()
    assert callable(write)
    write(photo, found, THRESHOLD, file)
    return np.abs(np.array(Image.open(file), int) - 128).max(axis=2) > 60


def test_lines_are_drawn_where_cracks_run_and_under_cracked_tiles_alone() -> None:
    is_changed = changed(two_tiles((0.9, 0.1), cells=True))
    assert is_changed[ROWS, 4:60].all()
    assert not is_changed[:16].any() and not is_changed[48:].any() and not is_changed[:, 72:].any()


def test_without_cells_the_tiles_are_outlined() -> None:
    is_changed = changed(two_tiles((0.9, 0.1), cells=False))
    assert is_changed[2:62, :2].any(axis=1).all() and not is_changed[:, 72:].any()


def test_in_the_full_size_a_crack_is_outlined_and_stays_visible() -> None:
    is_changed = changed(two_tiles((0.9, 0.9), cells=True), write_annotated)
    middle = is_changed[:, 64]
    assert not is_changed[:16].any() and not is_changed[48:].any()
    assert middle[18:30].any() and middle[34:46].any() and not middle[31:33].any()
