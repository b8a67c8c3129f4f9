"""Rows of JSON values in files that are written whole or not at all, and are read only if they are what was written."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crack_exp.system.checksums import checked_file, checked_lines
from crack_exp.system.own_files import reading_own_file


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as JSON lines, atomically and with a checksum; `read_rows` reads them."""
    with checked_file(path) as file:
        for row in rows:
            file.write(json.dumps(row).encode() + b"\n")


def read_rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The rows of all files, one at a time. Raises UserError where a file is damaged."""
    for path in paths:
        with reading_own_file(path, begin_anew(path.parent)):
            yield from map(json.loads, checked_lines(path))


def begin_anew(unfinished: Path) -> str:
    """What to do where a file in the folder `unfinished` is damaged."""
    return f"delete the folder '{unfinished}', and the same command begins anew"
