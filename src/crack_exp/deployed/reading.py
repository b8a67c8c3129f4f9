"""Reads images for a network in threads, ahead of its computing."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from crack_exp.data.decoding import UnreadableImage, decode, resize, resize_array
from crack_exp.system.cores import cores

BATCHES_AHEAD = 3

Source = str | Path | np.ndarray
"""A file, or pixels (H, W, 3) uint8."""


@dataclass(frozen=True)
class ReadImage:
    """pixels: uint8 (S, S, 3), None if it cannot be read, for the reason `problem`; size_px: width, height."""

    name: str
    pixels: np.ndarray | None
    size_px: tuple[int, int]
    problem: str


def read_batches(sources: Iterable[Source], image_size_px: int, batch_size: int) -> Iterator[list[ReadImage]]:
    """Batches of images, in order; a few of them are read ahead, so that any number of sources fits in memory.

    Pillow releases the interpreter lock, so threads decode on all cores.
    """
    threads = ThreadPoolExecutor(cores())
    jobs = (
        threads.submit(read_one, source, _name(source, position), image_size_px)
        for position, source in enumerate(sources)
    )
    ahead: deque[list[Future[ReadImage]]] = deque()
    try:
        while batch := list(islice(jobs, batch_size)):
            ahead.append(batch)
            if len(ahead) > BATCHES_AHEAD:
                yield [image.result() for image in ahead.popleft()]
        while ahead:
            yield [image.result() for image in ahead.popleft()]
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def read_one(source: Source, name: str, image_size_px: int) -> ReadImage:
    """The image, upright, as the network takes it; or the reason why it cannot be read."""
    try:
        if isinstance(source, np.ndarray):
            pixels = resize_array(source, image_size_px)
            return ReadImage(name, pixels, (source.shape[1], source.shape[0]), "")
        return read_bytes(_content(Path(source)), name, image_size_px)
    except OSError as error:
        return ReadImage(name, None, (0, 0), f"unreadable ({error.strerror or error})")
    except UnreadableImage as error:
        return ReadImage(name, None, (0, 0), str(error))


def read_bytes(content: bytes, name: str, image_size_px: int) -> ReadImage:
    """The same for the bytes of a file. Raises UnreadableImage."""
    decoded = decode(content, at_least_px=2 * image_size_px)
    return ReadImage(name, resize(decoded.rgb, image_size_px), decoded.size_px, "")


def _content(path: Path) -> bytes:
    if not path.is_file():  # reading a pipe would block forever
        raise UnreadableImage("no file" if path.exists() else "no such file")
    return path.read_bytes()


def _name(source: Source, position: int) -> str:
    return f"image {position}" if isinstance(source, np.ndarray) else str(source)
