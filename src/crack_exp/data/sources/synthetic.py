"""The data source `synthetic`: painted patches of walls, written to disk once and then read.

The paintings are not validated in the field. They serve to try the program, and to train, without a download.
`painter/crack/shapes.py` describes the classes.
"""

import errno
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import disk_usage
from subprocess import PIPE, Popen

from crack_exp.data.examples import Example
from crack_exp.painter import CLASS_NAMES, PAINTER_VERSION, SIZE_RANGE_PX, dataset_worker
from crack_exp.painter.dataset_worker import file_name, paint_file
from crack_exp.system.checksums import CONTENTS, damaged_files, write_contents
from crack_exp.system.errors import UserError, some_of
from crack_exp.system.files import publish
from crack_exp.system.progress import track
from crack_exp.system.timing import timed

BYTES_PER_PIXEL = 0.3  # measured: 0.23 on average over 2,000 images
FEW_IMAGES = 200  # up to here, painting is faster than starting processes

log = logging.getLogger(__name__)


def synthetic(folder: Path, images: int, size_px: int, paint_seed: int) -> list[Example]:
    """Painted examples, sorted by name, the same number of each of the painter's classes; each is its own group.

    The files are `folder`/<key>/<label>/<number>.jpg; the key contains the arguments and the painter version.
    An existing set is read, not painted again, but for files that have changed since; an unfinished set never has this
    name. Raises UserError if an argument is out of range, or the folder is not writable or full.
    """
    _check(images, size_px, paint_seed)
    painted = folder / f"v{PAINTER_VERSION}-{images}x{size_px}px-seed{paint_seed}"
    try:
        if not painted.is_dir():
            _paint_set(painted, images, size_px, paint_seed)
        elif damaged := damaged_files(painted):
            _mend(painted, damaged, images, size_px, paint_seed)
    except OSError as error:
        raise UserError(_unwritable(folder, images, size_px, error)) from error
    return [Example(painted, name, Path(name).parent.name, name) for name in _names(images)]


def _check(images: int, size_px: int, paint_seed: int) -> None:
    classes = len(CLASS_NAMES)
    if images < classes or images % classes:
        raise UserError(
            f"data.images: {images} images cannot be divided equally among {classes} classes; choose e.g. 2000"
        )
    smallest, largest = SIZE_RANGE_PX
    if not smallest <= size_px <= largest:
        raise UserError(f"data.size_px: {size_px} is outside of {smallest} to {largest} pixels")
    if paint_seed < 0:
        raise UserError(f"data.paint_seed: {paint_seed} is negative; choose 0 or more")


def _paint_set(painted: Path, images: int, size_px: int, paint_seed: int) -> None:
    """Paint into a temporary folder and rename it at the end, so that an unfinished set never has the name."""
    folder = painted.parent
    folder.mkdir(parents=True, exist_ok=True)
    if disk_usage(folder).free < _bytes_needed(images, size_px):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    beside = f".{painted.name}-"
    with tempfile.TemporaryDirectory(dir=folder, prefix=beside, ignore_cleanup_errors=True) as scratch:
        unfinished = Path(scratch) / painted.name
        for label in CLASS_NAMES:
            (unfinished / label).mkdir(parents=True)
        paint = _paint_here if images < FEW_IMAGES else _paint_on_all_cores
        with timed("painting"):
            paint(unfinished, images, size_px, paint_seed)
        write_contents(unfinished, _names(images))
        publish(unfinished, painted)


def _paint_here(folder: Path, images: int, size_px: int, paint_seed: int) -> None:
    for number in track(range(images), "painting", images):
        paint_file(folder, size_px, paint_seed, number)


def _paint_on_all_cores(folder: Path, images: int, size_px: int, paint_seed: int) -> None:
    """Run the program `dataset_worker`, which paints into `folder`, with progress.

    It ends with this process, since its output then has no reader. Raises OSError if it cannot write.
    """
    command = [
        sys.executable,
        "-m",
        dataset_worker.__name__,
        str(folder),
        str(images),
        str(size_px),
        str(paint_seed),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    # In a new session, Ctrl-C reaches this process only, and not the painters.
    with Popen(command, stdout=PIPE, text=True, env=environment, start_new_session=True) as painters:
        assert painters.stdout is not None
        for line in track(painters.stdout, "painting", images):
            if line.startswith("errno"):
                code = int(line.split()[1])
                raise OSError(code, os.strerror(code))
    if painters.returncode:
        raise RuntimeError(f"painting ended with exit code {painters.returncode}; see its message above")


def _mend(painted: Path, damaged: Sequence[str], images: int, size_px: int, paint_seed: int) -> None:
    """Paint anew what is damaged, beside the set, and then put it in its place."""
    names = _names(images) if CONTENTS in damaged else damaged
    log.warning("data.folder: painting anew in '%s' what has changed since it was painted: %s", painted, some_of(names))
    with tempfile.TemporaryDirectory(dir=painted.parent, prefix=f".{painted.name}-") as scratch:
        for name in track(names, "painting", len(names)):
            Path(scratch, name).parent.mkdir(exist_ok=True)
            paint_file(Path(scratch), size_px, paint_seed, int(Path(name).stem))
            (painted / name).parent.mkdir(exist_ok=True)
            Path(scratch, name).replace(painted / name)
    write_contents(painted, _names(images))


def _names(images: int) -> list[str]:
    return sorted(file_name(number) for number in range(images))


def _bytes_needed(images: int, size_px: int) -> int:
    return int(images * size_px**2 * BYTES_PER_PIXEL)


def _unwritable(folder: Path, images: int, size_px: int, error: OSError) -> str:
    needed_mb = _bytes_needed(images, size_px) / 1e6
    return (
        f"data.folder: cannot write {images} images, about {needed_mb:.0f} MB, to '{folder}' "
        f"({error.strerror or error}); make room there or choose another folder"
    )
