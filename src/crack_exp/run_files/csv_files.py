"""Tables as CSV files."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np


def write_csv(rows: Iterable[Any], path: Path) -> None:
    """Write `rows`, dataclasses or mappings of equal keys, with a header; None becomes an empty cell."""
    plain = [_as_mapping(row) for row in rows]
    # Names of files may have bytes that are no UTF-8.
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.DictWriter(file, fieldnames=list(plain[0]) if plain else [])
        writer.writeheader()
        writer.writerows(plain)


def shortest(value: float) -> float:
    """The number with the fewest digits that reads back as the same float32."""
    return float(str(np.float32(value)))


def _as_mapping(row: Any) -> Mapping[str, Any]:
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
