"""Reads a CSV table of labelled images and checks its columns."""

import csv
import os
import posixpath
from dataclasses import dataclass

from crack_exp.data.examples import SPLIT_NAMES
from crack_exp.data.sources.class_folders import SPLITS
from crack_exp.system.errors import UserError, some_of


@dataclass(frozen=True)
class Columns:
    """The columns of a table, one value per row; groups and splits are None if the table lacks them.

    images: paths as in the table, with forward slashes.
    """

    images: list[str]
    labels: list[str]
    groups: list[str] | None
    splits: list[str] | None


@dataclass(frozen=True)
class Table:
    """A CSV file as text. lines: number of the last line of each row, counted from 1."""

    path: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]


def read_columns(
    path: str, path_column: str, label_column: str, group_column: str | None, split_column: str | None
) -> Columns:
    """Read a CSV file (UTF-8, comma-separated, with a header); spaces around a value are ignored.

    group_column, split_column: None for a column named "group" or "split" if it exists.
    Raises UserError if the file is missing or not such a table, or a value is missing.
    """
    table = _read(path)
    splits = _optional_column(table, "data.split_column", split_column, usual="split")
    images = _column(table, "data.path_column", path_column)
    return Columns(
        images=[posixpath.normpath(value.replace("\\", "/")) for value in images],
        labels=_column(table, "data.label_column", label_column),
        groups=_optional_column(table, "data.group_column", group_column, usual="group"),
        splits=None if splits is None else _known_splits(splits),
    )


def _read(path: str) -> Table:
    try:
        with open(os.path.expanduser(path), encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            numbered = [(reader.line_num, [value.strip() for value in row]) for row in reader if row]
    except OSError as error:
        raise UserError(f"data.path: cannot read {path!r} ({error.strerror}); give a CSV file") from None
    except UnicodeDecodeError:
        raise UserError(f"data.path: {path!r} is not UTF-8 text; save the table as 'CSV UTF-8'") from None
    except csv.Error as error:
        raise UserError(f"data.path: {path!r} is not well-formed CSV ({error}); save it as CSV again") from None
    if len(numbered) < 2:
        raise UserError(f"data.path: {path!r} lists no images; expected a header and one line per image")
    (_, header), rows = numbered[0], numbered[1:]
    for line, row in rows:
        if len(row) != len(header):
            raise UserError(
                f"data.path: line {line} of {path!r} has {len(row)} values for {len(header)} columns; "
                "put values that hold a comma in quotes"
            )
    return Table(path, header, [row for _, row in rows], [line for line, _ in rows])


def _optional_column(table: Table, setting: str, name: str | None, usual: str) -> list[str] | None:
    if name is None and usual not in table.header:
        return None
    return _column(table, setting, usual if name is None else name)


def _column(table: Table, setting: str, name: str) -> list[str]:
    """The values of a column. Raises UserError unless it exists exactly once and has a value in every row."""
    if table.header.count(name) != 1:
        raise UserError(
            f"{setting}: {table.path!r} has {table.header.count(name) or 'no'} columns {name!r}; "
            f"its columns are {', '.join(map(repr, table.header))}{_delimiter_hint(table.header)}"
        )
    at = table.header.index(name)
    missing = [line for line, row in zip(table.lines, table.rows, strict=True) if not row[at]]
    if missing:
        raise UserError(
            f"{setting}: column {name!r} of {table.path!r} is empty in {len(missing):,} lines "
            f"({some_of(missing)}); fill it in, or remove these lines"
        )
    return [row[at] for row in table.rows]


def _delimiter_hint(header: list[str]) -> str:
    used = [sign for sign in (";", "\t", "|") if len(header) == 1 and sign in header[0]]
    return f": it is separated by {used[0]!r}, save it with commas" if used else ""


def _known_splits(values: list[str]) -> list[str]:
    unknown = sorted({value for value in values if value.lower() not in SPLITS})
    if unknown:
        raise UserError(
            f"data.split_column: unknown splits {some_of([repr(value) for value in unknown])}; "
            f"a split is one of {', '.join(SPLIT_NAMES)}"
        )
    return [SPLITS[value.lower()] for value in values]
