"""Where labelled images come from: class folders, or a table. Every file is taken; the audit judges it."""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from crack_exp.data.examples import Example
from crack_exp.data.sources.class_folders import existing_folder, labelled_files
from crack_exp.data.sources.groups import groups_of
from crack_exp.data.sources.tables import read_columns
from crack_exp.system.errors import UserError, some_of


def folder(path: str, group_pattern: str | None) -> list[Example]:
    """Every image of a folder that holds one folder per class, sorted by name.

    Folders train, val (or valid, validation) and test above the class folders are taken as given splits.
    Class folders may hold folders. Links are followed; what operating systems leave behind (.DS_Store,
    Thumbs.db, desktop.ini, other dot files) is not looked at.

    group_pattern: regular expression searched in each name (path below `path`), see `groups_of`.
    Raises UserError where the folder is missing or holds something else.
    """
    root = existing_folder(path, "data.path")
    files = labelled_files(root)
    names = [_text(file.path.relative_to(root).as_posix()) for file in files]
    groups = groups_of(names, group_pattern)
    examples = [
        Example(file.path, name, _text(file.label), group, file.split)
        for file, name, group in zip(files, names, groups, strict=True)
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
    group_column, split_column: None for a column named "group" or "split" where there is one.
    group_pattern: regular expression searched in each name (path below the root), where there is no group
    column.
    Raises UserError where the table is missing or malformed, or lists what does not exist.
    """
    columns = read_columns(path, path_column, label_column, group_column, split_column)
    if columns.groups is not None and group_pattern is not None:
        raise UserError(
            f"data.group_pattern: {group_pattern!r} contradicts the group column of {path!r}; "
            f"set data.group_pattern=null, or rename the column {group_column or 'group'!r}"
        )
    folder_of_table = os.path.dirname(os.path.expanduser(path)) or "."
    root = existing_folder(folder_of_table if image_root is None else image_root, "data.image_root")
    names = [_text(_below(root, image)) for image in columns.images]
    groups = columns.groups or groups_of(names, group_pattern)
    splits: Sequence[str | None] = columns.splits or [None] * len(names)
    rows = zip(columns.images, names, columns.labels, groups, splits, strict=True)
    examples = [Example(root / image, name, _text(label), group, split) for image, name, label, group, split in rows]
    _check_files_exist(examples, root)
    return _checked(examples)


def _below(root: Path, image: str) -> str:
    """The path below the root, as far as an absolute path lies there."""
    path, root = Path(image), root.absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else image


def _text(name: str) -> str:
    """A name that is the same on every machine, and that every file and terminal takes.

    Unicode in its composed form (some systems store é as two characters); bytes that are no UTF-8 as \\xff.
    """
    composed = unicodedata.normalize("NFC", name)
    return composed.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _checked(examples: list[Example]) -> list[Example]:
    """The examples sorted by name. Raises UserError where they cannot make a data set."""
    often = [name for name, count in Counter(example.name for example in examples).items() if count > 1]
    if often:
        raise UserError(
            f"data.path: {len(often):,} images are listed more than once ({some_of(often)}); list each image once"
        )
    labels = {example.label for example in examples}
    if len(labels) < 2:
        raise UserError(
            f"data.path: all images have the label {labels.pop()!r}; a classifier needs two classes, "
            "one of which means 'no crack'"
        )
    given = sorted({example.given_split for example in examples if example.given_split})
    if given and "train" not in given:
        raise UserError(
            f"data.path: the given splits are {' and '.join(given)} alone; add a split 'train' to learn from"
        )
    return sorted(examples, key=lambda example: example.name)


def _check_files_exist(examples: list[Example], root: Path) -> None:
    missing = [example.name for example in examples if not os.path.isfile(example.path)]
    if missing:
        raise UserError(
            f"data.path: {len(missing):,} of {len(examples):,} images of the table are not under '{root}' "
            f"({some_of(missing)}); set data.image_root to the folder that the paths start from"
        )
