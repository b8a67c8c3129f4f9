"""Rows of JSON values in files that are written whole or not at all."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crack_exp.system.files import atomic_file


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as JSON lines, atomically; `read_rows` reads them, one at a time."""
    with atomic_file(path) as file:
        file.writelines(json.dumps(row).encode() + b"\n" for row in rows)


def read_rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)
