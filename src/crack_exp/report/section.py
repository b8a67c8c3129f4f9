"""What a page is made of: sections of texts, tables, pictures and thumbnails. How they look is page.html's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Lines:
    """Facts, one a line."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Command:
    """Something to type into a shell."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows as long as `columns`; the first column names the row.

    words: whether its cells hold words, which read from the left, rather than numbers.
    fold: None for a table that is open to see; else what stands on the line that opens it.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    words: bool = False
    fold: str | None = None


@dataclass(frozen=True)
class Picture:
    """One of PLOTS, by name, where it was drawn. says: the same for who cannot see it."""

    plot: str
    says: str


@dataclass(frozen=True)
class Thumbnail:
    """A small image (H, W, 3) uint8, see `style.thumbnail`, with a few lines below it.

    is_right: None where nobody judged it.
    """

    image: np.ndarray
    lines: Sequence[str]
    is_right: bool | None = None


@dataclass(frozen=True)
class Thumbnails:
    shown: Sequence[Thumbnail]


Part = Text | Lines | Command | Table | Picture | Thumbnails


@dataclass(frozen=True)
class Section:
    title: str
    parts: Sequence[Part]
