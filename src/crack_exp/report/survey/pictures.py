"""Crack maps over photos: heat maps, and outlines: of cracks where the model tells where they run, else of tiles."""

from itertools import pairwise
from typing import IO

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image, ImageDraw

from crack_exp.evaluation.crack_map import CrackMap, covered, mean_cells, mean_scores
from crack_exp.report.style import ORANGE

MAP_PX = 1600
"""The longer side of a heat map."""

MAX_SIDE_PX = 65_500
"""Of a JPEG file."""

JPEG_QUALITY, ANNOTATED_QUALITY = 82, 90
SHADES = LinearSegmentedColormap.from_list("cracks", ["#F0E442", "#E69F00", ORANGE])
"""Yellow to orange of Okabe & Ito: readable with every kind of colour vision, and its lightness falls evenly."""

MOST_OPAQUE, LINES_MOST_OPAQUE = 0.55, 0.85
FAINT, IS_CRACK = 0.2, 0.5
"""Of the cells of a crack map: below the first one they are not shown, from the second one on they are outlined."""

OUTLINE_SHARE = 0.002
"""Width of an outline, as a share of the longer side."""


def write_map(photo: Image.Image, found: CrackMap, threshold: float, file: IO[bytes]) -> None:
    """A smaller copy of the photo, in colour the cracks, or the mean score of the tiles, and then their outlines."""
    step = max(1, -(-max(photo.size) // MAP_PX))
    if found.cells is not None:
        picture = _blended(photo.reduce(step), _lines(found, threshold, step), LINES_MOST_OPAQUE)
    else:
        picture = _blended(photo.reduce(step), mean_scores(found, step), MOST_OPAQUE)
        _outline(picture, found, threshold, step)
    picture.save(file, "JPEG", quality=JPEG_QUALITY)


def write_annotated(photo: Image.Image, found: CrackMap, threshold: float, file: IO[bytes]) -> None:
    """Outline what is cracked in the photo itself, which is changed, and save it in its full size."""
    _outline(photo, found, threshold, 1)
    photo.save(file, "JPEG", quality=ANNOTATED_QUALITY)


def _blended(photo: Image.Image, shares: np.ndarray, most_opaque: float) -> Image.Image:
    """The photo, of H x W pixels, under colours by `shares` in [0, 1], at least (H, W)."""
    blended = np.array(photo, np.float32)
    shares = shares[: blended.shape[0], : blended.shape[1], None]
    opacity = most_opaque * shares
    blended *= 1 - opacity  # in place, and shades as bytes: a map shall not take more memory than its photo
    blended += SHADES(shares[..., 0], bytes=True)[..., :3] * opacity
    return Image.fromarray(blended.astype(np.uint8))


def _lines(found: CrackMap, threshold: float, step: int) -> np.ndarray:
    """The cells under cracked tiles: what the picture shows is what was decided."""
    cells = mean_cells(found, step)
    return np.where(covered(found, found.scores >= threshold, step) & (cells >= FAINT), cells, 0)


def _outline(picture: Image.Image, found: CrackMap, threshold: float, step: int) -> None:
    """Lines round the cracks, or round the area under cracked tiles."""
    draw = ImageDraw.Draw(picture)
    width = max(2, round(OUTLINE_SHARE * max(picture.size)))
    if found.cells is not None:
        grid = max(1, found.tile_px // (2 * found.cells.shape[-1]))
        mask = _lines(found, threshold, grid) >= IS_CRACK
    else:
        grid = _grid_step(found)
        mask = covered(found, found.scores >= threshold, grid)
    for points in _edges(mask):
        draw.line([(x * grid / step, y * grid / step) for x, y in points], fill=ORANGE, width=width)


def _grid_step(found: CrackMap) -> int:
    """A step that divides all starts and the tile: outlines need no finer grid."""
    return int(np.gcd.reduce([found.tile_px, *found.lefts, *found.tops]))


def _edges(mask: np.ndarray) -> list[list[tuple[int, int]]]:
    """The straight pieces of the border of `mask`, as pairs of points (x, y)."""
    padded = np.pad(mask, 1)
    rows, columns = padded[:, 1:-1], padded.T[:, 1:-1]
    pieces = []
    for y, (above, below) in enumerate(pairwise(rows)):
        pieces += [[(start, y), (end, y)] for start, end in _stretches(above != below)]
    for x, (left, right) in enumerate(pairwise(columns)):
        pieces += [[(x, start), (x, end)] for start, end in _stretches(left != right)]
    return pieces


def _stretches(line: np.ndarray) -> list[tuple[int, int]]:
    """Where stretches of true values begin and end."""
    changes = np.flatnonzero(np.diff(np.pad(line, 1).astype(np.int8)))
    return [(int(start), int(end)) for start, end in changes.reshape(-1, 2)]
