"""A program that paints a set of image files on all cores; arguments: FOLDER IMAGES SIZE_PX PAINT_SEED.

It is a separate program because worker processes import the main program again, which is impossible for notebooks,
scripts without a main guard and the workers of a sweep; and so that the workers do not load TensorFlow.
"""

import errno
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image

from crack_exp.painter.patch import CLASS_NAMES, paint_patch
from crack_exp.system.cores import cores

JPEG_QUALITY = 90


def main() -> None:
    """Print a line for each painted image, and `errno N` as the last line if a file cannot be written."""
    folder, (images, size_px, paint_seed) = Path(sys.argv[1]), map(int, sys.argv[2:])
    paint = partial(paint_file, folder, size_px, paint_seed)
    try:
        with ProcessPoolExecutor(cores()) as processes:
            for _ in processes.map(paint, range(images), chunksize=10):
                print("painted", flush=True)
    except BrokenPipeError:
        # The reader has ended. Writing the rest of the buffer at exit must not raise again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print("errno", error.errno or errno.EIO, flush=True)


def paint_file(folder: Path, size_px: int, paint_seed: int, number: int) -> None:
    """Paint one image of a set as JPEG below `folder`; its class is `number` modulo the number of classes."""
    name = file_name(number)
    # Integers are unbounded in Python, so no two sets share a seed.
    patch = paint_patch(paint_seed * 2**32 + number, Path(name).parent.name, size_px)
    Image.fromarray(patch.pixels).save(folder / name, quality=JPEG_QUALITY)


def file_name(number: int) -> str:
    """The path of an image below the folder of its set."""
    return f"{CLASS_NAMES[number % len(CLASS_NAMES)]}/{number:05d}.jpg"


if __name__ == "__main__":
    main()
