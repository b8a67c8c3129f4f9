"""The data of the page of predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
"""name, label, crack_score, is_crack, probabilities, width_px, height_px, problem and note of one image."""


@dataclass(frozen=True)
class PredictionSummary:
    """Counts of images, and some of their rows.

    surest: those with the highest crack scores; unread_rows, large_rows, misexposed_rows: the first that could not be
    read, are much larger than the training images, are darker than a quarter of white or have values above white.
    """

    images: int
    cracked: int
    unread: int
    large: int
    misexposed: int
    surest: Sequence[Row]
    unread_rows: Sequence[Row]
    large_rows: Sequence[Row]
    misexposed_rows: Sequence[Row]
