"""The user's own images, from class folders or a table. All files are listed; the audit checks them."""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from crack_exp.data.examples import Example
from crack_exp.data.leftovers import tell_left_behind
from crack_exp.data.sources.class_folders import existing_folder, labelled_files
from crack_exp.data.sources.groups import groups_of
from crack_exp.data.sources.tables import read_columns
from crack_exp.system.errors import UserError, quoted, some_of

WEB = ("http:/", "https:/", "s3:/", "gs:/")
"""Beginnings of addresses, as `normpath` leaves them."""


def folder(path: str, group_pattern: str | None) -> list[Example]:
    """Every image of a folder that holds one folder per class, sorted by name.

    Folders train, val and test (or training, validation, dev, ...) above the class folders are given splits. Class
    folders may hold folders. Links are followed; what systems leave behind is passed over, and counted in the log.

    group_pattern: regular expression searched in each name (path below `path`), see `groups_of`.
    Raises UserError if the folder is missing or has another structure.
    """
    root = existing_folder(path, "data.path")
    files = labelled_files(root)
    tell_left_behind(root)
    on_disk = [file.path.relative_to(root).as_posix() for file in files]
    names = [_text(below) for below in on_disk]
    groups = groups_of(names, group_pattern)
    examples = [
        Example(root, name, _text(file.label), group, file.split, file=_unless_same(name, below))
        for file, below, name, group in zip(files, on_disk, names, groups, strict=True)
    ]
    return _checked(examples)


def table(
    path: str,
    image_root: str | None,
    path_column: str,
    label_column: str,
    group_column: str | None,
    split_column: str | None,
    group_pattern: str | None,
) -> list[Example]:
    """Every image that a CSV file (UTF-8, comma-separated, with a header) lists, sorted by name.

    image_root: the folder that image paths are relative to; None for the table's own folder.
    group_column, split_column: None for a column named "group" or "split" if it exists.
    group_pattern: regular expression searched in each name (path below the root), if there is no group column.
    Raises UserError if the table is missing or malformed, or lists a file that does not exist.
    """
    columns = read_columns(path, path_column, label_column, group_column, split_column)
    if columns.groups is not None and group_pattern is not None:
        raise UserError(
            f"data.group_pattern: '{group_pattern}' contradicts the group column of '{path}'; "
            f"set data.group_pattern=null, or rename the column {quoted(group_column or 'group')}"
        )
    folder_of_table = os.path.dirname(os.path.expanduser(path)) or "."
    root = existing_folder(folder_of_table if image_root is None else image_root, "data.image_root")
    names = [_text(_below(root, image)) for image in columns.images]
    groups = columns.groups or groups_of(names, group_pattern)
    splits: Sequence[str | None] = columns.splits or [None] * len(names)
    rows = zip(columns.images, names, columns.labels, groups, splits, strict=True)
    examples = [
        Example(root, name, _text(label), group, split, file=_unless_same(name, _spelled(root, image)))
        for image, name, label, group, split in rows
    ]
    _check_files_exist(examples, root)
    return _checked(examples)


def _spelled(root: Path, image: str) -> str:
    """The path as the disk has it, whose accents may have another form than the table's (macOS writes two characters).

    Where there is no such file it is unchanged.
    """
    forms = (image, *(unicodedata.normalize(form, image) for form in ("NFC", "NFD")))
    return next((form for form in forms if os.path.isfile(root / form)), image)


def _unless_same(name: str, on_disk: str) -> str | None:
    return None if on_disk == name else on_disk


def _below(root: Path, image: str) -> str:
    """The path relative to the root; an absolute path outside of the root is unchanged."""
    path, root = Path(image), root.absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else image


def _text(name: str) -> str:
    """A name that is the same on every machine, and can be written to any file and terminal.

    Unicode is composed (some systems store é as two characters); bytes that are not UTF-8 are written as \\xff.
    """
    composed = unicodedata.normalize("NFC", name)
    return composed.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _checked(examples: list[Example]) -> list[Example]:
    """The examples sorted by name. Raises UserError if they are not a valid data set."""
    repeated = [name for name, count in Counter(example.name for example in examples).items() if count > 1]
    if repeated:
        raise UserError(
            f"data.path: {len(repeated):,} images are listed more than once ({some_of(repeated)}); list each image once"
        )
    labels = {example.label for example in examples}
    if len(labels) < 2:
        raise UserError(
            f"data.path: all images have the label '{labels.pop()}'; a classifier needs two classes, "
            "one of which means 'no crack'"
        )
    given = sorted({example.given_split for example in examples if example.given_split})
    if given and "train" not in given:
        raise UserError(
            f"data.path: the given splits are {' and '.join(given)} alone; add a split 'train' for training"
        )
    return sorted(examples, key=lambda example: example.name)


def _check_files_exist(examples: list[Example], root: Path) -> None:
    missing = [example.name for example in examples if not os.path.isfile(example.path)]
    if missing:
        on_the_web = missing[0].startswith(WEB)
        remedy = (
            "download these images" if on_the_web else "set data.image_root to the folder that the paths start from"
        )
        raise UserError(
            f"data.path: {len(missing):,} of {len(examples):,} images of the table are not under '{root}' "
            f"({some_of(missing)}); {remedy}"
        )
