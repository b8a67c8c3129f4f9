"""Reads image files as 8-bit RGB arrays."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import PIL.Image

from crack_exp.data.decoding import UnreadableImage, decode, decode_resized
from crack_exp.system.errors import UserError

Image = TypeVar("Image")


def read_image(path: Path) -> np.ndarray:
    """The image as uint8 (H, W, 3) RGB, upright; see `decode`.

    Raises UserError with path and reason if the file is not a complete image.
    """
    return np.asarray(_named(path, lambda content: decode(content, at_least_px=None).rgb))


def read_resized(path: Path, size_px: int) -> np.ndarray:
    """The whole image, never cropped, as uint8 (size_px, size_px, 3), antialiased, else like `read_image`."""
    return _named(path, lambda content: decode_resized(content, size_px))


def read_thumbnail(path: Path, most_px: int) -> np.ndarray:
    """The image, reduced to at most `most_px` a side, as uint8 (H, W, 3), else like `read_image`."""

    def reduced(content: bytes) -> PIL.Image.Image:
        image = decode(content, at_least_px=2 * most_px).rgb
        image.thumbnail((most_px, most_px))
        return image

    return np.asarray(_named(path, reduced))


def _named(path: Path, decoded: Callable[[bytes], Image]) -> Image:
    """What `decoded` makes of the file's bytes; its errors get the path."""
    try:
        return decoded(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    except UnreadableImage as error:
        raise UserError(f"{path}: {error}") from error
