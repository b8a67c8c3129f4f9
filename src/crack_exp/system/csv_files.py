"""Tables as CSV files that a spreadsheet shows as they are: no name in them is taken for a formula.

A text that begins with = + - @, a tab or a carriage return stands behind an apostrophe, as spreadsheets write it
(https://owasp.org/www-community/attacks/CSV_Injection); `read_csv` takes it away again. Numbers stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np

from crack_exp.system.files import atomic_file
from crack_exp.system.own_files import must_be

# Apostrophes as well: what was there before is told from what was added.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def write_csv(rows: Iterable[Any], path: Path) -> None:
    """Write `rows`, dataclasses or mappings of equal keys, with a header, atomically; None becomes an empty cell."""
    plain = map(_as_mapping, rows)
    first = next(plain, {})
    with atomic_file(path) as file:
        write_cells(chain([list(first)], (list(row.values()) for row in chain([first], plain) if row)), file)


def write_cells(rows: Iterable[Sequence[Any]], file: IO[bytes]) -> None:
    """Write rows of cells as they come, the header first; None becomes an empty cell."""
    # Names of files may have bytes that are no UTF-8.
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="", write_through=True)
    plain, quoted = (csv.writer(text, quoting=how, lineterminator="\n") for how in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    for row in rows:
        cells = [_as_text(cell) for cell in row]
        # Before Python 3.13 the first one leaves a carriage return without quotes.
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (quoted if has_return else plain).writerow(cells)
    text.detach()


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file that `write_csv` wrote, by column: each text as it was before.

    Raises ValueError where it holds anything else than rows of equal length.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    must_be(all(None not in row and None not in row.values() for row in rows), "a whole table")
    return [{key: _as_it_was(cell) for key, cell in row.items()} for row in rows]


def shortest(value: float) -> float:
    """The number with the fewest digits that reads back as the same float32."""
    return float(str(np.float32(value)))


def _as_text(cell: Any) -> Any:
    is_formula = isinstance(cell, str) and FORMULA.match(cell) and not _is_number(cell)
    return f"'{cell}" if is_formula else cell


def _as_it_was(cell: str) -> str:
    return cell[1:] if ESCAPED.match(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _as_mapping(row: Any) -> Mapping[str, Any]:
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
