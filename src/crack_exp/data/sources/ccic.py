"""Concrete Crack Images for Classification (Özgenel 2019, doi 10.17632/5y9wdsg2zt.2).

40,000 tiles of 227x227 px, cut from 458 photos, which are not in their names; 1,598 are byte copies of others.
"""

import logging
import os
import shutil
from pathlib import Path

from crack_exp.data.examples import Example
from crack_exp.data.sources.archive import find_program, unpack
from crack_exp.data.sources.class_folders import existing_folder, folders_in
from crack_exp.data.sources.download import check_sha256, download
from crack_exp.data.sources.own_images import folder as class_folder_source
from crack_exp.system.checksums import damaged_files
from crack_exp.system.errors import UserError, some_of

CLASSES = ("Negative", "Positive")
ARCHIVE = "Concrete Crack Images for Classification.rar"
RAR = b"Rar!"
BY_HAND = "get the file by a browser from doi.org/10.17632/5y9wdsg2zt.2 and give it as data.path"

log = logging.getLogger(__name__)


def ccic(path: str | None, folder: Path, url: str, sha256: str) -> list[Example]:
    """Every tile, sorted by name; labels "Negative" and "Positive".

    path: the unpacked folder, or the archive; None downloads `url`. folder: for downloads and unpacked
    archives; sha256: of the archive.
    Raises UserError if there is no such file or folder, it is not CCIC, or it cannot be downloaded or unpacked.
    """
    unpacked = folder / f"ccic-{sha256[:12]}"
    if path is None and unpacked.is_dir() and not damaged_files(unpacked):
        root = unpacked
    elif (root := _archive_or_folder(path, folder, url, sha256)).is_file():
        root = _unpacked(root, unpacked)
    tiles = class_folder_source(str(_with_both_classes(root)), group_pattern=None)
    return [tile for tile in tiles if tile.label in CLASSES]


def _archive_or_folder(path: str | None, folder: Path, url: str, sha256: str) -> Path:
    if path is None:
        find_program(folder / ARCHIVE)  # before downloading 241 MB
        download(url, folder / ARCHIVE, sha256=sha256, by_hand=BY_HAND)
        return folder / ARCHIVE
    given = Path(os.path.expanduser(path))
    if not os.path.isfile(given):
        return existing_folder(path, "data.path")
    if _first_bytes(given) != RAR:
        raise UserError(
            f"data.path: '{path}' is no RAR archive; give '{ARCHIVE}' as it is published, or the folder that you "
            "unpacked"
        )
    check_sha256(given, sha256, f"data.path={path}", BY_HAND)
    return given


def _first_bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(len(RAR))
    except OSError as error:
        raise UserError(f"data.path: cannot read '{file}' ({error.strerror}); make it readable") from None


def _unpacked(archive: Path, into: Path) -> Path:
    """Unpack the archive into the folder `into`, unless its files are all there; returns `into`."""
    if into.is_dir() and (damaged := damaged_files(into)):
        log.warning("data.folder: unpacking '%s' anew, since files in it have changed: %s", into, some_of(damaged))
        shutil.rmtree(into)
    if not into.is_dir():
        into.parent.mkdir(parents=True, exist_ok=True)
        unpack(archive, into)
    return into


def _with_both_classes(root: Path) -> Path:
    if _has_both(root):
        return root
    try:
        deeper = next((place for place in folders_in(root) if _has_both(place)), None)
    except UserError:  # a folder that cannot be listed is not the cause of this error
        deeper = None
    remedy = f"they lie deeper, give data.path={deeper}" if deeper else "for other folders take data=folder"
    raise UserError(f"data.path: '{root}' does not hold the folders {' and '.join(CLASSES)} of CCIC; {remedy}")


def _has_both(place: Path) -> bool:
    return set(CLASSES) <= {folder.name for folder in folders_in(place)}
