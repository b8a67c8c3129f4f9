"""The crack map of a photo: crack scores of overlapping tiles, and what they say of the photo.

Arrays in, numbers out. All lengths are in pixels of the photo.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import ndimage
from scipy.spatial.distance import pdist

TOUCHING = np.ones((3, 3), int)
"""Tiles that share a corner belong to one run."""


@dataclass(frozen=True)
class Tile:
    """Its corners in pixels of the upright photo, from its upper left; and whether its score reaches the threshold."""

    left_px: int
    top_px: int
    right_px: int
    bottom_px: int
    crack_score: float
    is_crack: bool


@dataclass(frozen=True)
class CrackMap:
    """Scores of square tiles over a photo.

    lefts, tops: where columns (C,) and rows (R,) of tiles begin; tile_px: their side; scores: (R, C) in [0, 1];
    width_px, height_px: of the photo; cells: where in each tile cracks run, (R, C, M, M) in [0, 1], None if unknown.
    """

    lefts: np.ndarray
    tops: np.ndarray
    tile_px: int
    scores: np.ndarray
    width_px: int
    height_px: int
    cells: np.ndarray | None = None

    def boxes(self) -> list[tuple[int, int, int, int]]:
        """(left, top, right, bottom) of each tile, row by row."""
        side = self.tile_px
        return [(int(x), int(y), int(x) + side, int(y) + side) for y in self.tops for x in self.lefts]

    def tiles(self, threshold: float) -> Iterator[Tile]:
        """Row by row."""
        for box, score in zip(self.boxes(), self.scores.ravel(), strict=True):
            yield Tile(*box, crack_score=float(score), is_crack=bool(score >= threshold))


@dataclass(frozen=True)
class MapFigures:
    """cracked_share: of the photo's area, under cracked tiles; longest_run_px: greatest extent of connected ones.

    tiles, cracked_tiles: their numbers; runs: of connected cracked tiles; highest_score: of all tiles; is_crack:
    whether a run has enough tiles.
    """

    tiles: int
    cracked_tiles: int
    runs: int
    cracked_share: float
    longest_run_px: float
    highest_score: float
    is_crack: bool


def tile_starts(length_px: int, tile_px: int, overlap: float) -> np.ndarray:
    """Where tiles begin along a side: neighbours overlap by `overlap`, in [0, 1), of their side.

    The last one is moved inwards, so that it ends with the photo: a padded tile would show an edge that is none.
    """
    assert length_px >= tile_px
    stride = max(1, round(tile_px * (1 - overlap)))
    starts = np.arange(0, length_px - tile_px + 1, stride)
    last = length_px - tile_px
    return starts if starts[-1] == last else np.append(starts, last)


def map_figures(found: CrackMap, threshold: float, min_tiles: int) -> MapFigures:
    """threshold: from this score on a tile is cracked; min_tiles: connected ones that make a photo cracked."""
    is_cracked = found.scores >= threshold
    runs, count = ndimage.label(is_cracked, TOUCHING)
    sizes = np.bincount(runs.ravel(), minlength=count + 1)[1:]
    return MapFigures(
        tiles=is_cracked.size,
        cracked_tiles=int(is_cracked.sum()),
        runs=count,
        cracked_share=float(covered(found, is_cracked).mean()) if count else 0.0,
        longest_run_px=max((_extent(found, runs == run) for run in range(1, count + 1)), default=0.0),
        highest_score=float(found.scores.max()),
        is_crack=bool((sizes >= min_tiles).any()),
    )


def covered(found: CrackMap, chosen: np.ndarray, step_px: int = 1) -> np.ndarray:
    """Which pixels lie under a tile of `chosen` (R, C) bool: bool (height, width), every `step_px`-th of both."""
    mask = np.zeros((-(-found.height_px // step_px), -(-found.width_px // step_px)), bool)
    for row, column in zip(*np.nonzero(chosen), strict=True):
        top, left = found.tops[row], found.lefts[column]
        rows = slice(-(-top // step_px), -(-(top + found.tile_px) // step_px))
        columns = slice(-(-left // step_px), -(-(left + found.tile_px) // step_px))
        mask[rows, columns] = True
    return mask


def mean_scores(found: CrackMap, step_px: int) -> np.ndarray:
    """The mean score of the tiles over each pixel: float32 (height, width), every `step_px`-th of both."""
    height, width = -(-found.height_px // step_px), -(-found.width_px // step_px)
    rows = _membership(found.tops, found.tile_px, height, step_px)
    columns = _membership(found.lefts, found.tile_px, width, step_px)
    sums = rows @ found.scores.astype(np.float32) @ columns.T
    return sums / np.outer(rows.sum(axis=1), columns.sum(axis=1))


def mean_cells(found: CrackMap, step_px: int) -> np.ndarray:
    """Where cracks run, between the centres of cells linearly, the mean of the tiles over each pixel.

    Returns float32 (height, width), every `step_px`-th of both. Only of a map with cells.
    """
    assert found.cells is not None
    height, width = -(-found.height_px // step_px), -(-found.width_px // step_px)
    rows = [_between_cells(found, int(top), height, step_px) for top in found.tops]
    columns = [_between_cells(found, int(left), width, step_px) for left in found.lefts]
    sums, tiles = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for (row, (down, of_rows)), (column, (across, of_columns)) in product(enumerate(rows), enumerate(columns)):
        sums[down, across] += of_rows @ found.cells[row, column] @ of_columns.T
        tiles[down, across] += 1
    return sums / tiles


def _between_cells(found: CrackMap, start_px: int, length: int, step_px: int) -> tuple[slice, np.ndarray]:
    """The pixels along one side of a tile, and the shares (pixels, M) of its cells in each of them."""
    assert found.cells is not None
    pixels = slice(-(-start_px // step_px), min(length, -(-(start_px + found.tile_px) // step_px)))
    count = found.cells.shape[-1]
    places = (np.arange(pixels.start, pixels.stop) * step_px + 0.5 - start_px) * count / found.tile_px - 0.5
    places = np.clip(places, 0, count - 1)
    return pixels, np.maximum(0, 1 - np.abs(places[:, None] - np.arange(count))).astype(np.float32)


def _membership(starts: np.ndarray, tile_px: int, length: int, step_px: int) -> np.ndarray:
    """(length, tiles) float32: 1 where a pixel lies in a tile along one side."""
    pixels = np.arange(length)[:, None] * step_px
    return ((pixels >= starts) & (pixels < starts + tile_px)).astype(np.float32)


def _extent(found: CrackMap, run: np.ndarray) -> float:
    """The greatest distance of two centres of its tiles, and a side."""
    rows, columns = np.nonzero(run)
    centres = np.column_stack([found.lefts[columns], found.tops[rows]]).astype(float)
    return found.tile_px + (float(pdist(_border(centres)).max()) if len(centres) > 1 else 0.0)


def _border(centres: np.ndarray) -> np.ndarray:
    """The outermost points of each row, which hold the two that are farthest from each other."""
    tops = np.unique(centres[:, 1])
    ends = [centres[centres[:, 1] == top] for top in tops]
    return np.concatenate([row[[row[:, 0].argmin(), row[:, 0].argmax()]] for row in ends])
