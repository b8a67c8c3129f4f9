"""The parts of a page: sections with texts, tables, plots and thumbnails. page.html defines their look."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

import numpy as np


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Lines:
    """A list of sentences, one per line."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Command:
    """A shell command."""

    text: str


@dataclass(frozen=True)
class Link:
    """Leads to a file; path: from the folder of the page, so that both can be moved or mailed together."""

    text: str
    path: str

    @property
    def address(self) -> str:
        """'4%25%20wide/report.html': in a name, `#`, `?`, `%`, `:` and quotes would be read as something else."""
        return quote(os.fsencode(PurePath(self.path).as_posix()))


@dataclass(frozen=True)
class Table:
    """Rows as long as `columns`; the first column names the row.

    words: whether the cells hold words, which are left-aligned, rather than numbers.
    fold: the line that opens a collapsed table; None for an open table.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | Link]]
    note: str = ""
    words: bool = False
    fold: str | None = None


@dataclass(frozen=True)
class Picture:
    """A plot by its name, where it was drawn. alt: its alternative text.

    is_narrow: whether it can be read on a phone without scrolling.
    """

    plot: str
    alt: str
    is_narrow: bool = False


@dataclass(frozen=True)
class Thumbnail:
    """A small image (H, W, 3) uint8, see `style.thumbnail`, with a few lines below it.

    is_correct: whether its prediction is correct; None without a label. alt: its alternative text; else the first line.
    """

    image: np.ndarray
    lines: Sequence[str]
    is_correct: bool | None = None
    alt: str = ""


@dataclass(frozen=True)
class Thumbnails:
    shown: Sequence[Thumbnail]


@dataclass(frozen=True)
class LargePhoto:
    """A photo as JPEG bytes, which a click enlarges.

    name: its title; files: what else there is of it; is_alert: whether it calls for attention.
    """

    jpeg: bytes
    name: str
    lines: Sequence[str]
    files: Sequence[Link]
    is_alert: bool


@dataclass(frozen=True)
class LargePhotos:
    shown: Sequence[LargePhoto]


Part = Text | Lines | Command | Link | Table | Picture | Thumbnails | LargePhotos


@dataclass(frozen=True)
class Section:
    title: str
    parts: Sequence[Part]
