"""Decodes image files of any format to 8-bit RGB, in the same way for audit, training and prediction.

Only NumPy and Pillow are imported: a logged model carries a copy of this file, and works without this package.
"""

import io
import struct
from dataclasses import dataclass
from itertools import compress

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

NOTES = ("EXIF-rotated", "16-bit", "transparency ignored", "first of several pictures")
MAX_MEGAPIXELS = 178  # twice Pillow's limit, where it ends as well: files of a few bytes may hold more
TURNED = range(5, 9)  # EXIF orientations that exchange width and height
WHITE_IS_ZERO = 0  # the value of TIFF's PhotometricInterpretation
TOO_LARGE = f"more than {MAX_MEGAPIXELS} megapixels; cut it into parts"
NO_HEIC = "HEIC needs a further package: pip install 'crack-exp[heic]'"
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""The kinds of HEIC and HEIF files, behind "ftyp" at their beginning."""


class UnreadableImage(ValueError):
    """The reason why bytes are not a complete image: "empty file", "not an image", "truncated", "unreadable (...)"."""


@dataclass(frozen=True)
class Decoded:
    """An upright 8-bit RGB image, its pixel mode as stored (Pillow's name), and notes on how it was read.

    size_px: width and height of the whole upright image, also where it was decoded at a smaller size.
    """

    rgb: Image.Image
    mode: str
    notes: tuple[str, ...]
    size_px: tuple[int, int]


def decode(content: bytes, at_least_px: int | None) -> Decoded:
    """Decode the bytes of an image file completely.

    at_least_px: a JPEG may be decoded at a smaller size, but both sides keep at least this length; None for full size.
    Grey, palette and CMYK images are converted to RGB, 16-bit grey is scaled by its bit depth, an EXIF rotation is
    applied. Transparency is ignored: every pixel keeps its stored colour. Of several images in one file, the first is
    used. Raises UnreadableImage.
    """
    if not content:
        raise UnreadableImage("empty file")
    try:
        return _decode(content, at_least_px)
    except UnidentifiedImageError:
        raise UnreadableImage("not an image") from None
    except Image.DecompressionBombError:
        raise UnreadableImage(TOO_LARGE) from None
    except UnreadableImage:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds: OSError, SyntaxError, struct.error, ...
        truncated = isinstance(error, OSError) and "truncated" in str(error).lower()
        raise UnreadableImage("truncated" if truncated else f"unreadable ({error})") from error


def decode_resized(content: bytes, size_px: int) -> np.ndarray:
    """The whole image, never cropped, as uint8 (size_px, size_px, 3), antialiased. Raises UnreadableImage."""
    # The JPEG decoder may reduce a large image by 2, 4 or 8, but to no less than twice the size, for the filter.
    return resize(decode(content, at_least_px=2 * size_px).rgb, size_px)


def resize(image: Image.Image, size_px: int) -> np.ndarray:
    """uint8 (size_px, size_px, 3), antialiased."""
    return np.asarray(image.resize((size_px, size_px), Image.Resampling.BILINEAR))


def resize_array(image: np.ndarray, size_px: int) -> np.ndarray:
    """The same for pixels (H, W, 3) uint8. Raises UnreadableImage for an array of another kind."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise UnreadableImage(f"an array of {image.dtype} {image.shape}; expected RGB pixels, uint8 (height, width, 3)")
    return resize(Image.fromarray(image), size_px)


def _decode(content: bytes, at_least_px: int | None) -> Decoded:
    with _opened(content) as image:
        mode, notes, whole = image.mode, _notes(image), image.size
        is_turned = image.getexif().get(ExifTags.Base.Orientation, 1) in TURNED
        if at_least_px is not None:
            image.draft(None, (at_least_px, at_least_px))
        is_reduced = image.size != whole
        # Pillow has read the EXIF data already. exif_transpose would write them again, and fail at invalid tags.
        image.info.pop("exif", None)
        ImageOps.exif_transpose(image, in_place=True)  # a copy would lose format and tags
        if not is_reduced:
            return Decoded(_to_rgb(image), mode, notes, image.size)
        return Decoded(_to_rgb(image), mode, notes, whole[::-1] if is_turned else whole)


def _opened(content: bytes) -> ImageFile.ImageFile:
    """What `Image.open` does, but photos above half of MAX_MEGAPIXELS bring no warning.

    A warning can be silenced in a whole process alone, not for one of its threads.
    """
    image = _by_pillow_heif(content) if is_heic(content) else _identified(content)
    width, height = image.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise UnreadableImage(TOO_LARGE)
    if image.format == "TIFF" and width * height > (Image.MAX_IMAGE_PIXELS or 0):
        image.im = Image.core.new(image.mode, getattr(image, "_tile_size", image.size))  # else made with a warning
    return image


def _identified(content: bytes) -> ImageFile.ImageFile:
    """By the first of Pillow's formats that takes it. Raises UnidentifiedImageError."""
    for learn_formats in (Image.preinit, Image.init):  # the common formats, then all
        learn_formats()
        for factory, accepts in [Image.OPEN[name] for name in Image.ID]:
            try:
                if accepts is None or accepts(content[:16]) is True:
                    return factory(io.BytesIO(content), "")
            except (SyntaxError, IndexError, TypeError, struct.error):  # another format
                continue
    raise UnidentifiedImageError


def is_heic(content: bytes) -> bool:
    """Whether these are the bytes of a HEIC or HEIF file, as phones write them."""
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS


def _by_pillow_heif(content: bytes) -> ImageFile.ImageFile:
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise UnreadableImage(NO_HEIC) from None
    return HeifImageFile(io.BytesIO(content))


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
        raise UnreadableImage("pixels of 32 bits have no fixed range; save it with 8 or 16 bits")
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
