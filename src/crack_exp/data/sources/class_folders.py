"""Reads a tree of class folders: the label and the given split of each file."""

import mimetypes
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from crack_exp.data.class_names import normalised
from crack_exp.data.intact_classes import is_recognised
from crack_exp.data.leftovers import is_left_behind
from crack_exp.system.errors import UserError, quoted, some_of

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev", "development"), "validation"),
    # Not validation: what somebody held out for an evaluation must not choose the threshold.
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
"""By normalised names of folders, or in the column `split` of a table."""


def split_of(name: str) -> str | None:
    """The split that a folder, or a value of a table, is called after, in any case: "Training", "test_set"."""
    return SPLITS.get(normalised(name).removesuffix("set"))


@dataclass(frozen=True)
class LabelledFile:
    """A file in a class folder. split: the given split of the class folder, or None."""

    path: Path
    label: str
    split: str | None


def labelled_files(root: Path) -> list[LabelledFile]:
    """Every file of every class folder under `root`, at any depth; links are followed.

    What systems leave behind is passed over, and files beside the class folders that are no images (a README). Raises
    UserError (naming data.path) if `root` does not hold at least two classes with files in each, or the class folders
    lie deeper.
    """
    class_folders = [(split, place) for split, above in _split_folders(root) for place in _class_folders(above)]
    classes = {place.name for _, place in class_folders}
    if len(classes) == 1:
        _refuse_single_class(root, classes.pop())
    _check_depth(class_folders)
    files = [LabelledFile(file, place.name, split) for split, place in class_folders for file in files_under(place)]
    if empty := sorted(classes - {file.label for file in files}):
        raise UserError(
            f"data.path: no images under '{root}' for {', '.join(map(quoted, empty))}; "
            "fill each class folder, or remove those that are empty"
        )
    return files


def existing_folder(path: str, setting: str) -> Path:
    """The folder `path` of `setting`; "~" is the home folder. Raises UserError if there is none."""
    place = os.path.expanduser(path)
    if os.path.isdir(place):
        return Path(place)
    state = "is a file" if os.path.exists(place) else "does not exist"
    raise UserError(f"{setting}: '{path}' {state}; give a folder of images")


def _split_folders(root: Path) -> list[tuple[str | None, Path]]:
    """The folders that hold class folders, each with its split; `root` with None if there are no given splits."""
    folders, _ = _content(root)
    splits = [split_of(folder.name) for folder in folders]
    if not any(splits):
        return [(None, root)]
    names = ", ".join(f"{folder.name}/" for folder in folders)
    if not all(splits):
        raise UserError(
            f"data.path: '{root}' mixes split folders with others ({names}); give train/, val/ and test/ "
            "with one folder per class in each, or class folders alone"
        )
    if len(set(splits)) < len(splits):
        raise UserError(f"data.path: '{root}' names one split twice ({names}); keep one folder for each split")
    return list(zip(splits, folders, strict=True))


def _class_folders(above: Path) -> list[Path]:
    folders, files = _content(above)
    images = [file.name for file in files if (mimetypes.guess_type(file.name)[0] or "").startswith("image/")]
    if images or (files and not folders):
        stray = images or [file.name for file in files]
        raise UserError(
            f"data.path: {len(stray):,} files (such as '{stray[0]}') lie in '{above}' itself, outside the "
            f"class folders; {_expected(above)}"
        )
    if not folders:
        raise UserError(f"data.path: '{above}' is empty; {_expected(above)}")
    return folders


def folders_in(place: Path) -> list[Path]:
    """The folders directly in a folder, sorted by name. Raises UserError if it cannot be listed."""
    return _content(place)[0]


def files_under(class_folder: Path) -> Iterator[Path]:
    """All files under the folder; links are followed. Raises UserError if a folder cannot be listed."""
    for place, folders, files in os.walk(class_folder, followlinks=True, onerror=_refuse_unreadable):
        here = Path(place)
        folders[:] = [name for name in folders if not is_left_behind(name)]
        for name in folders:
            _check_link(here / name, class_folder)
        yield from (here / name for name in files if not is_left_behind(name))


def _names_of_folders(place: Path) -> list[str]:
    try:
        with os.scandir(place) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir() and not is_left_behind(entry.name))
    except OSError as error:
        _refuse_unreadable(error)


def _check_link(folder: Path, class_folder: Path) -> None:
    """Raise UserError for a link that leads back to a folder on the way to it, as the way was walked: without end."""
    if folder.is_symlink():
        way = (place for place in folder.parents if place.is_relative_to(class_folder))
        if any(place.resolve().is_relative_to(folder.resolve()) for place in way):
            raise UserError(f"data.path: '{folder}' links back to a folder above it; remove the link")


def _content(place: Path) -> tuple[list[Path], list[Path]]:
    """The folders and the files directly in a folder, each sorted by name."""
    try:
        seen = sorted(entry for entry in place.iterdir() if not is_left_behind(entry.name))
        broken = [entry for entry in seen if not entry.exists()]
        is_folder = {entry: entry.is_dir() for entry in seen}
    except OSError as error:  # also of a link to where nothing may be read
        _refuse_unreadable(error)
    if broken:
        raise UserError(f"data.path: '{broken[0]}' is a broken link; repair or remove it")
    return [entry for entry in seen if is_folder[entry]], [entry for entry in seen if not is_folder[entry]]


def _refuse_unreadable(error: OSError) -> NoReturn:
    raise UserError(f"data.path: cannot list '{error.filename}' ({error.strerror}); make it readable")


def _check_depth(class_folders: Sequence[tuple[str | None, Path]]) -> None:
    """Raise UserError where splits or classes, by their names, lie below what seems to be the class folders."""
    above = sorted({folder.name for _, folder in class_folders})
    inside = {name: folder for _, folder in class_folders for name in _names_of_folders(folder)}
    known = {name: "split" for name in inside if split_of(name)}
    if not any(map(is_recognised, above)):
        known |= {name: "class" for name in inside if is_recognised(name)}
    if not known:
        return
    name, kind = next(iter(known.items()))
    upper = inside[name]
    raise UserError(
        f"data.path: the {kind} folders ({some_of(sorted(inside))}) lie below others ({some_of(above)}); give one of "
        f"these, as in data.path={upper}, or turn the levels round, as in {upper.parent / name / upper.name}"
    )


def _refuse_single_class(root: Path, name: str) -> NoReturn:
    inner = root / name
    if inner.is_dir() and _content(inner)[0]:
        while len(below := _content(inner)[0]) == 1 and _content(below[0])[0]:
            inner = below[0]
        raise UserError(
            f"data.path: '{root}' holds the single folder '{name}'; {_expected(root)}; "
            f"if the class folders lie deeper, give data.path={inner}"
        )
    raise UserError(f"data.path: '{root}' holds the single class '{name}'; a classifier needs two; {_expected(root)}")


def _expected(place: Path) -> str:
    return f"expected one folder per class, e.g. {place}/cracked/*.jpg and {place}/intact/*.jpg"
