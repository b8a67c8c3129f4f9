"""Reads images for a network in threads, ahead of its computing."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crack_exp.data.decoding import MAX_MEGAPIXELS, UnreadableImage, decode, resize, resize_array
from crack_exp.data.image_io import why_no_file
from crack_exp.model.card import ModelCard
from crack_exp.system.prefetch import map_in_batches

Source = str | Path | np.ndarray
"""A file, or pixels (H, W, 3) uint8."""


@dataclass(frozen=True)
class ReadImage:
    """pixels: uint8 (S, S, 3), None if it cannot be read, for the reason `problem`; size_px: width, height.

    sha256: of the file's bytes, "" for pixels and where it cannot be read. note: how reading changes the image, in the
    words of the audit.
    """

    name: str
    pixels: np.ndarray | None
    size_px: tuple[int, int]
    sha256: str
    problem: str
    note: str


def read_batches(
    sources: Iterable[Source], card: ModelCard, batch_size: int, max_megapixels: float = MAX_MEGAPIXELS
) -> Iterator[list[ReadImage]]:
    """Batches of images for the model of `card`, in order; a few of them are read ahead on all cores."""
    named = ((source, _name(source, position)) for position, source in enumerate(sources))
    return map_in_batches(lambda one: read_one(*one, card, max_megapixels), named, batch_size)


def read_one(source: Source, name: str, card: ModelCard, max_megapixels: float = MAX_MEGAPIXELS) -> ReadImage:
    """The image, upright, as the network takes it; or the reason why it cannot be read."""
    try:
        if isinstance(source, np.ndarray):
            pixels = resize_array(source, card.image_size_px)
            return ReadImage(name, pixels, (source.shape[1], source.shape[0]), sha256="", problem="", note="")
        return read_bytes(read_content(Path(source)), name, card, max_megapixels)
    except UnreadableImage as error:
        return ReadImage(name, None, (0, 0), sha256="", problem=str(error), note="")


def read_bytes(content: bytes, name: str, card: ModelCard, max_megapixels: float) -> ReadImage:
    """The same for the bytes of a file. Raises UnreadableImage."""
    decoded = decode(content, 2 * card.image_size_px, max_megapixels, card.white_level)
    sha256, pixels = hashlib.sha256(content).hexdigest(), resize(decoded.rgb, card.image_size_px)
    return ReadImage(name, pixels, decoded.size_px, sha256, problem="", note=", ".join(decoded.notes))


def read_content(path: Path) -> bytes:
    """The bytes of a file. Raises UnreadableImage with the reason where it cannot be read."""
    try:
        if problem := why_no_file(path):
            raise UnreadableImage(problem)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"unreadable ({error.strerror or error})") from error


def _name(source: Source, position: int) -> str:
    return f"image {position}" if isinstance(source, np.ndarray) else str(source)
