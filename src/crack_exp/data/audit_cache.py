"""What was seen in sound image contents before, in a small database of this machine. Losing it costs time alone."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import PIL

log = logging.getLogger(__name__)

Row = tuple[int, int, str, str]
"""Width and height in pixels, mode, note."""

# Raise the number with every change of what reading an image finds.
READER = f"1, Pillow {PIL.__version__}"
AT_ONCE = 500
MOST_ROWS = 1_000_000  # about 150 MB
SECONDS_TO_WAIT = 30


class AuditCache:
    """Rows by sha256, in `folder`/audit.sqlite, or nowhere where that is None or cannot be used."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._database: sqlite3.Connection | None = None
        self._new: list[tuple[object, ...]] = []

    def __enter__(self) -> "AuditCache":
        if self._folder is not None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(self._folder / "audit.sqlite", timeout=SECONDS_TO_WAIT)
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS seen (sha256, reader, width_px, height_px, mode, note, "
                    "PRIMARY KEY (sha256, reader))"
                )
            except (OSError, sqlite3.Error) as error:
                self._give_up(error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Also after an error or Ctrl-C: what was decoded need not be decoded again."""
        self._save()
        if self._database:
            self._database.close()

    def rows(self, contents: Iterable[str]) -> Iterator[tuple[str, Row]]:
        """(sha256, row) of those of `contents` that were seen before."""
        wanted = list(contents)
        for start in range(0, len(wanted) if self._database else 0, AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            query = (
                "SELECT sha256, width_px, height_px, mode, note FROM seen WHERE reader = ? AND sha256 IN "
                f"({', '.join('?' * len(some))})"
            )
            try:
                assert self._database
                found = self._database.execute(query, (READER, *some)).fetchall()
            except sqlite3.Error as error:
                return self._give_up(error)
            yield from ((row[0], row[1:]) for row in found)

    def add(self, sha256: str, row: Row) -> None:
        """Remember a content; written at the end, and every now and then."""
        self._new.append((sha256, READER, *row))
        if len(self._new) >= AT_ONCE:
            self._save()

    def _save(self) -> None:
        if self._database and self._new:
            try:
                with self._database:
                    self._database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)", self._new)
                    oldest = "SELECT max(rowid) - ? FROM seen"
                    self._database.execute(f"DELETE FROM seen WHERE rowid <= ({oldest})", (MOST_ROWS,))
            except sqlite3.Error as error:
                self._give_up(error)
        self._new = []

    def _give_up(self, error: Exception) -> None:
        log.warning("audit: nothing is remembered for the next run, '%s' cannot be used (%s)", self._folder, error)
        if self._database:
            self._database.close()
        self._database = None
