"""A model slides over a whole photo in overlapping tiles, at the scale that it learned at."""

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from PIL import Image

from crack_exp.data.decoding import UnreadableImage, resize
from crack_exp.deployed.engine import LARGEST_BATCH
from crack_exp.deployed.model import DeployedModel
from crack_exp.evaluation.crack_map import CrackMap, tile_starts
from crack_exp.model.card import ModelCard
from crack_exp.system.errors import UserError
from crack_exp.system.prefetch import map_in_batches

SMALLEST_TILE_PX = 16

Track = Callable[[Iterable[list[np.ndarray]], int], Iterator[list[np.ndarray]]]
"""Shows progress over so many batches."""


def tile_side(card: ModelCard, tile_px: int | None, mm_per_px: float | None) -> int:
    """The side of a tile in pixels of a photo: given, or such that a crack has the size that the model learned.

    mm_per_px: of the photo; where the card has a scale as well, the tiles show as much of the wall as in training.
    Raises UserError where a tile would have too few pixels.
    """
    if tile_px is not None:
        return tile_px
    if mm_per_px is None or card.mm_per_px is None:
        return card.tile_px
    side = round(card.tile_px * card.mm_per_px / mm_per_px)
    if side < SMALLEST_TILE_PX:
        raise UserError(
            f"mm_per_px={mm_per_px:g}: a tile as large as in training would have {side} px, too few to show a crack; "
            f"correct it, or give tile_px, at least {SMALLEST_TILE_PX}"
        )
    return side


def survey_photo(
    model: DeployedModel,
    photo: Image.Image,
    *,
    tile_px: int,
    overlap: float,
    max_tiles: float = math.inf,
    track: Track | None = None,
) -> CrackMap:
    """The crack scores of all tiles, and where cracks run in each, if the model tells.

    photo: RGB, upright; tile_px: their side; overlap: share of it, in [0, 1).
    Raises UnreadableImage where the photo is smaller than a tile, or needs more than `max_tiles`.
    """
    width, height = photo.size
    if min(width, height) < tile_px:
        raise UnreadableImage(
            f"smaller than a tile ({width:,} x {height:,} px, tiles of {tile_px:,} px): give a smaller tile_px, or "
            "predict it as a whole"
        )
    lefts, tops = (tile_starts(length, tile_px, overlap) for length in (width, height))
    if (tiles := len(lefts) * len(tops)) > max_tiles:
        raise UnreadableImage(
            f"{tiles:,} tiles, more than max_tiles={max_tiles:,}: take a larger tile_px or less overlap"
        )
    boxes = ((int(x), int(y), int(x) + tile_px, int(y) + tile_px) for y in tops for x in lefts)
    # Cut, then resized: exactly what a file with this tile alone would give.
    batches = map_in_batches(
        lambda box: resize(photo.crop(box), model.card.image_size_px), boxes, batch_size=LARGEST_BATCH
    )
    count = math.ceil(tiles / LARGEST_BATCH)
    found = [model.scores_and_lines(np.stack(batch)) for batch in (track(batches, count) if track else batches)]
    table = np.concatenate([scores for scores, _ in found]).reshape(len(tops), len(lefts))
    lines = [cells for _, cells in found if cells is not None]
    cells = np.concatenate(lines).reshape(*table.shape, *lines[0].shape[1:]) if lines else None
    return CrackMap(lefts, tops, tile_px, table, width, height, cells)
