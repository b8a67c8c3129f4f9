"""Rows of JSON values in files that are written whole or not at all, and are read only if they are what was written."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crack_exp.system.files import atomic_file
from crack_exp.system.own_files import must_be, reading_own_file


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as JSON lines, atomically, and a last line with their sha256; `read_rows` reads them."""
    digest = hashlib.sha256()
    with atomic_file(path) as file:
        for row in rows:
            line = json.dumps(row).encode() + b"\n"
            digest.update(line)
            file.write(line)
        file.write(json.dumps(digest.hexdigest()).encode() + b"\n")


def read_rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The rows of all files, which fit in memory one at a time. Raises UserError where a file is damaged."""
    for path in paths:
        with reading_own_file(path, begin_anew(path.parent)):
            *lines, digest = path.read_bytes().splitlines(keepends=True)
            must_be(json.loads(digest) == hashlib.sha256(b"".join(lines)).hexdigest(), "as it was written")
            yield from map(json.loads, lines)


def begin_anew(unfinished: Path) -> str:
    """What to do where a file in the folder `unfinished` is damaged."""
    return f"delete the folder '{unfinished}', and the same command begins anew"
