"""Reads image files of any format as 8-bit RGB arrays, in the same way for audit, training and prediction."""

import io
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from crack_exp.system.errors import UserError

NOTES = ("EXIF-rotated", "16-bit", "transparency ignored", "first of several pictures")
WHITE_IS_ZERO = 0  # the value of TIFF's PhotometricInterpretation


def read_image(path: Path) -> np.ndarray:
    """The image as uint8 (H, W, 3) RGB, upright.

    Grey, palette and CMYK images are converted to RGB, 16-bit grey is scaled by its bit depth, an EXIF rotation is
    applied. Transparency is ignored: every pixel keeps its stored colour. Of several images in one file, the first is
    used. Raises UserError with path and reason if the file is not a complete image.
    """
    return np.asarray(_read(path, at_least_px=None))


def read_resized(path: Path, size_px: int) -> np.ndarray:
    """The whole image, never cropped, as uint8 (size_px, size_px, 3), antialiased, else like `read_image`."""
    # The JPEG decoder may reduce a large image by 2, 4 or 8, but to no less than twice the size, for the filter.
    image = _read(path, at_least_px=2 * size_px)
    return np.asarray(image.resize((size_px, size_px), Image.Resampling.BILINEAR))


@dataclass(frozen=True)
class Decoded:
    """An upright 8-bit RGB image, its pixel mode as stored (Pillow's name), and notes on how it was read."""

    rgb: Image.Image
    mode: str
    notes: tuple[str, ...]


def decode(content: bytes, at_least_px: int | None) -> Decoded:
    """Decode the bytes of an image file completely.

    at_least_px: a JPEG may be decoded at a smaller size, but both sides keep at least this length; None for full size.
    Raises UserError with the reason only: "empty file", "not an image", "truncated", "unreadable (...)".
    """
    if not content:
        raise UserError("empty file")
    try:
        return _decode(content, at_least_px)
    except UnidentifiedImageError:
        raise UserError("not an image") from None
    except Exception as error:  # Pillow's decoders raise many kinds: OSError, SyntaxError, struct.error, ...
        truncated = isinstance(error, OSError) and "truncated" in str(error).lower()
        raise UserError("truncated" if truncated else f"unreadable ({error})") from error


def _read(path: Path, at_least_px: int | None) -> Image.Image:
    try:
        return decode(path.read_bytes(), at_least_px).rgb
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _decode(content: bytes, at_least_px: int | None) -> Decoded:
    with Image.open(io.BytesIO(content)) as image:
        mode, notes = image.mode, _notes(image)
        if at_least_px is not None:
            image.draft(None, (at_least_px, at_least_px))
        # Pillow has read the EXIF data already. exif_transpose would write them again, and fail at invalid tags.
        image.info.pop("exif", None)
        ImageOps.exif_transpose(image, in_place=True)  # a copy would lose format and tags
        return Decoded(_to_rgb(image), mode, notes)


def _notes(image: Image.Image) -> tuple[str, ...]:
    """Those of NOTES that apply to this image; call it before Pillow has loaded and rotated the image."""
    applies = (
        image.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9),
        image.mode.startswith("I"),
        image.has_transparency_data,
        # Phones store a preview with the photo (MPO), which needs no note.
        getattr(image, "is_animated", False) and image.format != "MPO",
    )
    return tuple(compress(NOTES, applies))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or (image.mode == "I" and image.format == "TIFF"):
        raise UserError("pixels of 32 bits have no fixed range; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        return _grey_to_8_bit(image).convert("RGB")
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA")  # avoids a warning of Pillow for palettes with transparency
    return image if image.mode == "RGB" else image.convert("RGB")


def _grey_to_8_bit(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, scaled by its bit depth (white of a 12-bit camera is 4095)."""
    tags = getattr(image, "tag_v2", {})
    white = 2 ** tags.get(ExifTags.Base.BitsPerSample, (16,))[0] - 1
    grey = np.asarray(image, dtype=np.float32) / white
    if tags.get(ExifTags.Base.PhotometricInterpretation) == WHITE_IS_ZERO:
        grey = 1.0 - grey
    return Image.fromarray(np.rint(grey * 255.0).astype(np.uint8))
