"""The audit cache: results of decoding valid images, in a small database on this machine. It can be deleted."""

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from crack_exp.data.image_io import READER
from crack_exp.system.permissions import follow_folder, make_folder

log = logging.getLogger(__name__)

Row = tuple[int, int, str, str]
"""Width and height in pixels, mode, note."""

NAME = "audit.sqlite"
BATCH_SIZE = 500
MAX_ROWS = 1_000_000  # about 200 MB
LOCK_TIMEOUT_S = 30
FAILURES = (sqlite3.Error, UnicodeDecodeError)
"""What sqlite3 raises; the second one where its own message holds changed bytes."""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR)
"""Errors of a file whose bytes have changed; the last one is of names in it that are not there."""


class AuditCache:
    """Rows by sha256, in the file NAME of `folder`; without effect if `folder` is None or cannot be used.

    White of 16-bit images decides what is noted of them: rows of another `white_level` are not read.
    Each row has a checksum; one that does not fit is not read. A database that is damaged is made anew.
    """

    def __init__(self, folder: Path | None, white_level: int) -> None:
        self._folder, self._reader = folder, f"{READER}, white {white_level}"
        self._database: sqlite3.Connection | None = None
        self._new: list[tuple[object, ...]] = []

    def __enter__(self) -> "AuditCache":
        if self._folder is not None:
            try:
                self._database = _opened(self._folder)
            except (OSError, *FAILURES) as error:
                self._give_up(error)
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
                "SELECT sha256, width_px, height_px, mode, note, checksum FROM checked WHERE reader = ? AND sha256 IN "
                f"({', '.join('?' * len(some))})"
            )
            try:
                assert self._database
                found = self._database.execute(query, (self._reader, *some)).fetchall()
            except FAILURES as error:
                return self._give_up(error)
            yield from ((row[0], row[1:-1]) for row in found if row[-1] == _checksum(self._reader, *row[:-1]))

    def add(self, sha256: str, row: Row) -> None:
        """Add a row; rows are written in batches and at the end."""
        self._new.append((sha256, self._reader, *row, _checksum(self._reader, sha256, *row)))
        if len(self._new) >= BATCH_SIZE:
            self._save()

    def _save(self) -> None:
        if self._database and self._new:
            try:
                with self._database:
                    self._database.executemany("INSERT OR REPLACE INTO checked VALUES (?, ?, ?, ?, ?, ?, ?)", self._new)
                    oldest = "SELECT max(rowid) - ? FROM checked"
                    self._database.execute(f"DELETE FROM checked WHERE rowid <= ({oldest})", (MAX_ROWS,))
            except FAILURES as error:
                self._give_up(error)
        self._new = []

    def _give_up(self, error: Exception) -> None:
        """Go on without the database, or with an empty one where it is damaged."""
        if self._database:
            self._database.close()
        self._database = None
        assert self._folder
        if not _is_damage(error):
            log.warning("audit: no results are cached for the next run, '%s' cannot be used (%s)", self._folder, error)
            return
        log.warning("audit: '%s' is damaged, and made anew", self._folder / NAME)
        try:
            # A journal that stayed would be played back into the new file.
            for file in self._folder.glob(f"{NAME}*"):
                file.unlink()
            self._database = _opened(self._folder)
        except (OSError, *FAILURES) as again:
            log.warning("audit: no results are cached for the next run (%s)", again)


def _opened(folder: Path) -> sqlite3.Connection:
    """The database, whose file has the permissions of its folder. Raises OSError or sqlite3.Error."""
    make_folder(folder)
    if not (file := folder / NAME).exists():
        file.touch()
        follow_folder(file)
    database = sqlite3.connect(file, timeout=LOCK_TIMEOUT_S)
    # Text of changed bytes: its row has another checksum.
    database.text_factory = lambda text: text.decode(errors="replace")
    try:
        database.execute(
            "CREATE TABLE IF NOT EXISTS checked (sha256, reader, width_px, height_px, mode, note, checksum, "
            "PRIMARY KEY (sha256, reader))"
        )
    except FAILURES:
        database.close()
        raise
    return database


def _checksum(*row: object) -> str:
    return hashlib.sha256(repr(row).encode()).hexdigest()[:16]


def _is_damage(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    return isinstance(error, UnicodeDecodeError) or code in DAMAGED
