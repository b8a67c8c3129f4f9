"""Verdicts as rows, and rows as a CSV, JSON lines or Parquet file."""

import json
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from crack_exp.deployed.model import Verdict
from crack_exp.report.predict.content import Row
from crack_exp.run_files.predictions_csv import PROBABILITY
from crack_exp.system.csv_files import shortest, write_cells
from crack_exp.system.files import atomic_file

ROWS_AT_ONCE = 10_000


def row_of(verdict: Verdict) -> dict[str, Any]:
    """JSON values. Numbers are the shortest that read back as the same float32."""
    width_px, height_px = verdict.size_px
    return {
        "name": verdict.name,
        "label": verdict.label,
        "crack_score": None if verdict.crack_score is None else shortest(verdict.crack_score),
        "is_crack": verdict.is_crack,
        "probabilities": {name: shortest(value) for name, value in verdict.probabilities.items()},
        "width_px": width_px,
        "height_px": height_px,
        "sha256": verdict.sha256,
        "problem": verdict.problem,
        "note": verdict.note,
    }


def write_table(rows: Iterable[Row], class_names: Sequence[str], path: Path) -> None:
    """Write the table whose format is the suffix of `path`, atomically, as the rows come."""
    with atomic_file(path) as file:
        TABLES[path.suffix.removeprefix(".")](rows, class_names, file)


def _write_csv(rows: Iterable[Row], class_names: Sequence[str], file: IO[bytes]) -> None:
    write_cells(chain([_columns(class_names)], (list(_flat(row, class_names).values()) for row in rows)), file)


def _write_jsonl(rows: Iterable[Row], class_names: Sequence[str], file: IO[bytes]) -> None:
    file.writelines(json.dumps(row).encode() + b"\n" for row in rows)


def _write_parquet(rows: Iterable[Row], class_names: Sequence[str], file: IO[bytes]) -> None:
    import pyarrow
    from pyarrow import parquet

    kinds = {"crack_score": pyarrow.float32(), "is_crack": pyarrow.bool_()}
    kinds |= {"width_px": pyarrow.int32(), "height_px": pyarrow.int32()}
    kinds |= {PROBABILITY + name: pyarrow.float32() for name in class_names}
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in _columns(class_names)])
    flat = ({**_flat(row, class_names), "name": _as_utf8(row["name"])} for row in rows)
    with parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(flat, ROWS_AT_ONCE)):
            writer.write_table(pyarrow.Table.from_pylist(some, schema))


TABLES = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}


def _as_utf8(name: str) -> str:
    """A name of a file; bytes that are no UTF-8 are written as escapes, as in the other tables."""
    return name.encode("utf-8", "backslashreplace").decode()


def _columns(class_names: Sequence[str]) -> list[str]:
    probabilities = [PROBABILITY + name for name in class_names]
    of_image = ["width_px", "height_px", "sha256", "problem", "note"]
    return ["name", "label", "crack_score", "is_crack", *probabilities, *of_image]


def _flat(row: Row, class_names: Sequence[str]) -> dict[str, Any]:
    """The row with a column for the probability of each class."""
    probabilities = {PROBABILITY + name: row["probabilities"].get(name) for name in class_names}
    values = {**row, **probabilities}
    return {name: values[name] for name in _columns(class_names)}
