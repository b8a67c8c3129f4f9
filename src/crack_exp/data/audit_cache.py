"""The audit cache: results of decoding valid images, in a small database on this machine. It can be deleted."""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from crack_exp.data.image_io import READER

log = logging.getLogger(__name__)

Row = tuple[int, int, str, str]
"""Width and height in pixels, mode, note."""

BATCH_SIZE = 500
MAX_ROWS = 1_000_000  # about 150 MB
LOCK_TIMEOUT_S = 30


class AuditCache:
    """Rows by sha256, in `folder`/audit.sqlite; without effect if `folder` is None or cannot be used."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._database: sqlite3.Connection | None = None
        self._new: list[tuple[object, ...]] = []

    def __enter__(self) -> "AuditCache":
        if self._folder is not None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._database = sqlite3.connect(self._folder / "audit.sqlite", timeout=LOCK_TIMEOUT_S)
                self._database.execute(
                    "CREATE TABLE IF NOT EXISTS seen (sha256, reader, width_px, height_px, mode, note, "
                    "PRIMARY KEY (sha256, reader))"
                )
            except (OSError, sqlite3.Error) as error:
                self._disable(error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Save the results also after an error or Ctrl-C, so that these images are not decoded again."""
        self._save()
        if self._database:
            self._database.close()

    def rows(self, contents: Iterable[str]) -> Iterator[tuple[str, Row]]:
        """(sha256, row) of those `contents` that are in the cache."""
        hashes = list(contents)
        for start in range(0, len(hashes) if self._database else 0, BATCH_SIZE):
            some = hashes[start : start + BATCH_SIZE]
            query = (
                "SELECT sha256, width_px, height_px, mode, note FROM seen WHERE reader = ? AND sha256 IN "
                f"({', '.join('?' * len(some))})"
            )
            try:
                assert self._database
                found = self._database.execute(query, (READER, *some)).fetchall()
            except sqlite3.Error as error:
                return self._disable(error)
            yield from ((row[0], row[1:]) for row in found)

    def add(self, sha256: str, row: Row) -> None:
        """Add a row; rows are written in batches and at the end."""
        self._new.append((sha256, READER, *row))
        if len(self._new) >= BATCH_SIZE:
            self._save()

    def _save(self) -> None:
        if self._database and self._new:
            try:
                with self._database:
                    self._database.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?)", self._new)
                    oldest = "SELECT max(rowid) - ? FROM seen"
                    self._database.execute(f"DELETE FROM seen WHERE rowid <= ({oldest})", (MAX_ROWS,))
            except sqlite3.Error as error:
                self._disable(error)
        self._new = []

    def _disable(self, error: Exception) -> None:
        log.warning("audit: no results are cached for the next run, '%s' cannot be used (%s)", self._folder, error)
        if self._database:
            self._database.close()
        self._database = None
