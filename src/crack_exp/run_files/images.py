"""Images of a finished run, read again from their files."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from crack_exp.config.effects import keys_with
from crack_exp.data.decoding import WHITE_LEVEL
from crack_exp.data.image_io import read_image
from crack_exp.report.numbers import counted
from crack_exp.run_files.names import AUDIT
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.own_files import reading_own_file
from crack_exp.tracking.finished_run import FinishedRun

GONE, CHANGED = "gone", "changed since the run"


def read_run_images(run: FinishedRun, names: Sequence[str]) -> tuple[dict[str, np.ndarray], str]:
    """{name: (H, W, 3) uint8} of those that lie where the run found them, with the same content.

    With a sentence on the others, "" where there is none. Nothing is downloaded, unpacked or painted.
    """
    if not names:
        return {}, ""
    places = list(_places(run))
    try:
        read = {name: _read(*found, _white_level(run)) for name, found in _find_all(run, names, places).items()}
    except UserError as error:
        return {}, f"No image can be shown: {error}."
    images = {name: image for name, image in read.items() if isinstance(image, np.ndarray)}
    return images, _why_lacking({name: why for name, why in read.items() if isinstance(why, str)}, places)


def find_run_images(run: FinishedRun, names: Sequence[str]) -> dict[str, Path]:
    """{name: file} of those that lie where the run found them, with the same content."""
    found = _find_all(run, names, list(_places(run)))
    return {name: file for name, (file, _) in found.items() if isinstance(file, Path)}


def _find_all(run: FinishedRun, names: Sequence[str], places: Sequence[Path]) -> dict[str, tuple[Path | str, str]]:
    """For each name the file, or why there is none, and the sha256 that the run saw."""
    with reading_own_file(Path(AUDIT), "train that run again"):
        audited = {row["name"]: row["sha256"] for row in run.rows(AUDIT) or []}
    contents = {name: audited.get(name, "") for name in names}
    return {name: (_find(name, sha256, places), sha256) for name, sha256 in contents.items()}


def _places(run: FinishedRun) -> Iterator[Path]:
    """Folders that the names of its images may start from.

    The recorded place is absolute; settings hold where the command is given from another copy of the project. What is
    unpacked or painted lies one folder deeper.
    """
    settings = [run.params.get(key, "None") for key in keys_with("images_lie_here")]
    recorded = [run.store.data_location(), *(None if setting == "None" else setting for setting in settings)]
    for text in dict.fromkeys(filter(None, recorded)):
        place = Path(text).expanduser()
        root = place.parent if place.is_file() else place  # a table, or an archive
        with suppress(OSError):
            folders = sorted(folder for folder in root.iterdir() if folder.is_dir())
            yield from (root, *folders)


def _find(name: str, sha256: str, places: Sequence[Path]) -> Path | str:
    """The file with this content, or why there is none."""
    files = [file for place in places if (file := place / name).is_file()]
    same = (file for file in files if _sha256(file) == sha256)
    return next(same, CHANGED if files else GONE)


def _white_level(run: FinishedRun) -> int:
    return int(run.params.get("data.white_level", WHITE_LEVEL))  # older runs have no such setting


def _read(found: Path | str, sha256: str, white_level: int) -> np.ndarray | str:
    """The image, or why there is none."""
    if isinstance(found, str):
        return found
    try:
        return read_image(found, sha256=sha256, white_level=white_level)
    except UserError:
        return CHANGED


def _sha256(file: Path) -> str | None:
    try:
        return file_sha256(file)
    except OSError:
        return None


def _why_lacking(lacking: dict[str, str], places: Sequence[Path]) -> str:
    if not lacking:
        return ""
    whys = [f"{count:,} {why}" for why, count in Counter(lacking.values()).items()]
    name, _ = next(iter(lacking.items()))
    looked = f"looked in '{places[0]}'" if places else "its folder is gone"
    return f"{counted(len(lacking), 'image')} cannot be shown ({', '.join(whys)}), such as {name}; {looked}."
