"""Reads a CSV table of labelled images and checks its columns."""

import csv
import os
import posixpath
from dataclasses import dataclass

from crack_exp.data.decoding import SUFFIXES
from crack_exp.data.examples import SPLIT_NAMES
from crack_exp.data.sources.class_folders import split_of
from crack_exp.system.errors import UserError, quoted, some_of

OTHER_SEPARATORS = (";", "\t", "|")


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
    numbered = _numbered_rows(path)
    if any("\0" in value for _, row in numbered for value in row):
        raise UserError(f"data.path: '{path}' is no text (zero bytes, or UTF-16); save the table as 'CSV UTF-8'")
    if len(numbered) < 2:
        raise UserError(f"data.path: '{path}' lists no images; expected a header and one line per image")
    (_, header), rows = numbered[0], numbered[1:]
    for line, row in rows:
        if len(row) != len(header):
            raise UserError(
                f"data.path: line {line} of '{path}' has {len(row)} values for {len(header)} columns"
                f"{_delimiter_hint(header) or '; put values that hold a comma in quotes'}"
            )
    return Table(path, header, [row for _, row in rows], [line for line, _ in rows])


def _numbered_rows(path: str) -> list[tuple[int, list[str]]]:
    """The rows of a CSV file, the header as well, each with the number of its last line."""
    file = os.path.expanduser(path)
    if os.path.exists(file) and not os.path.isfile(file):
        raise UserError(f"data.path: cannot read '{path}', which is no file; give a CSV file")  # a pipe would never end
    try:
        with open(file, encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            return [(reader.line_num, [value.strip() for value in row]) for row in reader if row]
    except OSError as error:
        raise UserError(f"data.path: cannot read '{path}' ({error.strerror}); give a CSV file") from None
    except UnicodeDecodeError:
        raise UserError(f"data.path: '{path}' is not UTF-8 text; save the table as 'CSV UTF-8'") from None
    except csv.Error as error:
        raise UserError(f"data.path: '{path}' is not well-formed CSV ({error}); save it as CSV again") from None
    except ValueError as error:  # a zero byte in the path
        raise UserError(f"data.path: cannot read '{path}' ({error}); give a CSV file") from None


def _optional_column(table: Table, setting: str, name: str | None, usual: str) -> list[str] | None:
    if name is None and usual not in table.header:
        return None
    return _column(table, setting, usual if name is None else name)


def _column(table: Table, setting: str, name: str) -> list[str]:
    """The values of a column. Raises UserError unless it exists exactly once and has a value in every row."""
    if table.header.count(name) != 1:
        raise UserError(
            f"{setting}: '{table.path}' has {table.header.count(name) or 'no'} columns '{name}'; "
            f"its columns are {', '.join(map(quoted, table.header))}"
            f"{_delimiter_hint(table.header) or _header_hint(table.header)}"
        )
    at = table.header.index(name)
    missing = [line for line, row in zip(table.lines, table.rows, strict=True) if not row[at]]
    if missing:
        raise UserError(
            f"{setting}: column '{name}' of '{table.path}' is empty in {len(missing):,} lines "
            f"({some_of(missing)}); fill it in, or remove these lines"
        )
    return [row[at] for row in table.rows]


def _delimiter_hint(header: list[str]) -> str:
    """What to say of a table whose columns are separated by another sign; values may hold commas."""
    text = ",".join(header)
    used = max(OTHER_SEPARATORS, key=text.count)
    return f": it is separated by {used!r}, save it with commas" if text.count(used) >= len(header) else ""


def _header_hint(header: list[str]) -> str:
    """What to say of a table that begins with an image."""
    has_image = any(value.lower().endswith(SUFFIXES) for value in header)
    return "; it has no header: add a first line such as path,label" if has_image else ""


def _known_splits(values: list[str]) -> list[str]:
    splits = [split_of(value) for value in values]
    unknown = sorted({value for value, split in zip(values, splits, strict=True) if not split})
    if unknown:
        raise UserError(
            f"data.split_column: unknown splits {some_of([quoted(value) for value in unknown])}; "
            f"a split is one of {', '.join(SPLIT_NAMES)}"
        )
    return [split for split in splits if split]
