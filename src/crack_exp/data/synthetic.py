"""The data source `synthetic`: painted patches of concrete, written once and read from then on.

Painted, not validated in the field: for trying the program, and for first training, without a download.
What each class looks like stands in `painter/cracks.py`.
"""

import errno
import os
import signal
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from shutil import disk_usage

from PIL import Image

from crack_exp.data.examples import Example
from crack_exp.data.painter import CLASS_NAMES, PAINTER_VERSION, SIZE_RANGE_PX, paint_patch
from crack_exp.data.progress import track

JPEG_QUALITY = 90
BYTES_PER_PIXEL = 0.3  # measured: 0.23 on average over 2,000 images
IMAGES_PER_PROCESS = 150  # a process takes as long to start as about this many paintings


def synthetic(folder: Path, images: int, size_px: int, paint_seed: int) -> list[Example]:
    """Painted examples, sorted by name, equally many of each of the painter's classes; each is its own group.

    They lie in `folder` as <key>/<label>/<number>.jpg; the key spells arguments and painter version.
    A set that is there is read, not painted again; one that was never finished does not bear that name.
    Raises ValueError where an argument is out of range, or the folder unwritable, full or no longer complete.
    """
    _check(images, size_px, paint_seed)
    painted = folder / f"v{PAINTER_VERSION}-{images}x{size_px}px-seed{paint_seed}"
    if not painted.is_dir():
        try:
            _paint_set(painted, images, size_px, paint_seed)
        except OSError as error:
            raise ValueError(_unwritable(folder, images, size_px, error)) from error
    return _listed(painted, images)


def _check(images: int, size_px: int, paint_seed: int) -> None:
    classes = len(CLASS_NAMES)
    if images < classes or images % classes:
        raise ValueError(
            f"data.images: {images} images cannot be shared equally by {classes} classes; choose e.g. 2000"
        )
    smallest, largest = SIZE_RANGE_PX
    if not smallest <= size_px <= largest:
        raise ValueError(f"data.size_px: {size_px} is outside of {smallest} to {largest} pixels")
    if paint_seed < 0:
        raise ValueError(f"data.paint_seed: {paint_seed} is negative; choose 0 or more")


def _paint_set(painted: Path, images: int, size_px: int, paint_seed: int) -> None:
    """Paint beside `painted` and rename at the end: nothing unfinished ever bears that name."""
    folder = painted.parent
    folder.mkdir(parents=True, exist_ok=True)
    if disk_usage(folder).free < _bytes_needed(images, size_px):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    beside = f".{painted.name}-"
    with tempfile.TemporaryDirectory(dir=folder, prefix=beside, ignore_cleanup_errors=True) as scratch:
        unfinished = Path(scratch) / painted.name
        for label in CLASS_NAMES:
            (unfinished / label).mkdir(parents=True)
        _paint_files(unfinished, images, size_px, paint_seed)
        _publish(unfinished, painted)


def _paint_files(folder: Path, images: int, size_px: int, paint_seed: int) -> None:
    """Paint all images of a set into `folder`, on all cores, with progress."""
    paint = partial(paint_file, folder, size_px, paint_seed)
    workers = min(os.cpu_count() or 1, images // IMAGES_PER_PROCESS)
    if workers < 2 or not _main_program_is_a_file():
        for number in track(range(images), "painting", images):
            paint(number)
        return
    # Spawned, not forked: a fork of a process in which TensorFlow's threads run may hang.
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_end_with_parent) as processes:
        try:
            for _ in track(processes.map(paint, range(images), chunksize=10), "painting", images):
                pass
        except BrokenProcessPool:
            raise ValueError(
                "data: a painting process ended early; a script must start crack_exp below "
                "`if __name__ == '__main__':`, and each core needs about 200 MB of memory"
            ) from None


def paint_file(folder: Path, size_px: int, paint_seed: int, number: int) -> None:
    """Paint one image of a set as JPEG below `folder`; the classes take turns over the numbers."""
    label = CLASS_NAMES[number % len(CLASS_NAMES)]
    # Python's integers are unbounded: no two sets share a seed.
    patch = paint_patch(paint_seed * 2**32 + number, label, size_px)
    Image.fromarray(patch.pixels).save(folder / label / f"{number:05d}.jpg", quality=JPEG_QUALITY)


def _main_program_is_a_file() -> bool:
    """Spawned processes import the main program again, which one read from standard input does not allow."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    return file is None or Path(file).is_file()


def _end_with_parent() -> None:
    """In a worker: leave Ctrl-C to the parent, and end when the parent does, even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None

    def wait_and_end() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()


def _publish(unfinished: Path, painted: Path) -> None:
    """Give a finished set its name, unless another process was quicker: it painted the same bytes."""
    try:
        unfinished.rename(painted)
    except OSError:
        if not painted.is_dir():
            raise


def _listed(painted: Path, images: int) -> list[Example]:
    paths = sorted(painted.glob("*/*.jpg"))
    if len(paths) != images:
        raise ValueError(
            f"data.folder: '{painted}' holds {len(paths)} of its {images} images; delete it to paint it anew"
        )
    names = [path.relative_to(painted).as_posix() for path in paths]
    return [Example(path, name, path.parent.name, name) for path, name in zip(paths, names, strict=True)]


def _bytes_needed(images: int, size_px: int) -> int:
    return int(images * size_px**2 * BYTES_PER_PIXEL)


def _unwritable(folder: Path, images: int, size_px: int, error: OSError) -> str:
    needed_mb = _bytes_needed(images, size_px) / 1e6
    return (
        f"data.folder: cannot write {images} images, about {needed_mb:.0f} MB, to '{folder}' "
        f"({error.strerror or error}); make room there or choose another folder"
    )
