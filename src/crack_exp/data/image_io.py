"""Reads image files as 8-bit RGB arrays: those that were checked before, so that their size has no limit here."""

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import PIL.Image

from crack_exp.data import decoding
from crack_exp.data.decoding import WHITE_LEVEL, UnreadableImage, decode, decode_resized
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.machine import package_version

READER = ", ".join(
    [file_sha256(Path(decoding.__file__))[:16]]
    + [f"{name} {package_version(name)}" for name in ("pillow", "pillow-heif")]
)
"""What decodes images: another program or library may see other pixels in the same file."""

Image = TypeVar("Image")


def read_image(path: Path, *, sha256: str | None = None, white_level: int = WHITE_LEVEL) -> np.ndarray:
    """The image as uint8 (H, W, 3) RGB, upright; see `decode`.

    sha256: of the file's bytes when it was checked; None where it was not.
    Raises UserError with path and reason if the file is not a complete image, or not the one that was checked.
    """
    return np.asarray(_decoded(path, lambda content: decode(content, None, math.inf, white_level).rgb, sha256))


def read_resized(path: Path, size_px: int, *, sha256: str | None = None, white_level: int = WHITE_LEVEL) -> np.ndarray:
    """The whole image, never cropped, as uint8 (size_px, size_px, 3), antialiased, else like `read_image`."""
    return _decoded(path, lambda content: decode_resized(content, size_px, math.inf, white_level), sha256)


def read_thumbnail(path: Path, most_px: int, *, sha256: str, white_level: int) -> np.ndarray:
    """The image, reduced to at most `most_px` a side, as uint8 (H, W, 3), else like `read_image`."""

    def reduced(content: bytes) -> PIL.Image.Image:
        image = decode(content, 2 * most_px, math.inf, white_level).rgb
        image.thumbnail((most_px, most_px))
        return image

    return np.asarray(_decoded(path, reduced, sha256))


def why_no_file(path: Path) -> str:
    """Why there is nothing to read: "no such file", "a broken link", or "no file" (a folder, a pipe); "" if there is.

    Reading a pipe would block forever.
    """
    if path.is_file():
        return ""
    if path.exists():
        return "no file"
    return "a broken link" if path.is_symlink() else "no such file"


def _decoded(path: Path, decoded: Callable[[bytes], Image], sha256: str | None) -> Image:
    """What `decoded` makes of the file's bytes; its errors get the path."""
    try:
        content = path.read_bytes()
        # The very bytes that are decoded: a file that is hashed and read again may be another one by then.
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise UserError(f"{path}: the file has changed since it was checked, while the program ran; run it again")
        return decoded(content)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    except UnreadableImage as error:
        raise UserError(f"{path}: {error}") from error
