"""The parts of a page: sections with texts, tables, plots and thumbnails. page.html defines their look."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote

import numpy as np

PHONE_CHARACTERS, PAGE_CHARACTERS, BETWEEN_COLUMNS = 44, 118, 2
"""What a line of a table holds on a phone, 390 px wide, and on a page; the space between columns."""

LONG, LEAST_OF_LONG = 40, 20
"""page.html breaks words of cells with more characters, and keeps so many of them in a line."""


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
    labels: whether the first column holds short labels, 'A', and so is narrow.
    fold: the line that opens a collapsed table; None for an open table.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | Link]]
    note: str = ""
    words: bool = False
    labels: bool = False
    fold: str | None = None

    @property
    def is_stacked(self) -> bool:
        """Whether a phone is too narrow for the columns, and shows each row as a list of its cells.

        Never with labels: a list would begin with a letter that says nothing.
        """
        return not self.labels and self._characters > PHONE_CHARACTERS

    @property
    def is_tight(self) -> bool:
        """Whether a page is too narrow for the columns, so that numbers and their intervals are broken into lines."""
        return not self.words and self._characters > PAGE_CHARACTERS

    @property
    def _characters(self) -> int:
        texts = [[cell.text if isinstance(cell, Link) else cell for cell in row] for row in self.rows]
        columns = enumerate(zip(self.columns, *texts, strict=True))
        return sum(_characters(column, breaks=self.words or not at) for at, column in columns)


def _characters(column: Sequence[str], breaks: bool) -> int:
    """What a column needs at least: its title, and cells that break, are broken into words; long cells anywhere."""
    title, *cells = column
    broken = [LEAST_OF_LONG if len(text) > LONG else _longest_word(text) for text in (column if breaks else [title])]
    return BETWEEN_COLUMNS + max([*broken, *([] if breaks else map(len, cells))])


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


@dataclass(frozen=True)
class Picture:
    """A plot by its name, where it was drawn. alt: its alternative text.

    is_narrow: whether it can be read on a phone; another is enlarged there by a touch.
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
