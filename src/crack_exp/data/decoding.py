"""Decodes image files to 8-bit RGB, in the same way for audit, training and prediction.

Only NumPy and Pillow are imported: a logged model carries a copy of this file, and works without this package.
"""

import io
import struct
from dataclasses import dataclass
from itertools import compress

import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageFile, ImageOps

FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "JPEG2000": (".jp2", ".j2k"),
    "PPM": (".ppm", ".pgm", ".pnm"),
}
"""What is read, by Pillow's names, and how such files usually end. The content decides, whatever a file is called.

A list, because Pillow knows some fifty formats, and starts another program (Ghostscript) for one of them.
"""

HEIC_SUFFIXES = (".heic", ".heif")
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""The kinds of HEIC and HEIF files, behind "ftyp" at their beginning."""

SUFFIXES = (*(suffix for suffixes in FORMATS.values() for suffix in suffixes), *HEIC_SUFFIXES)
"""How the name of an image ends, in small letters. They matter only where a folder is searched for images."""

NO_HEIC = "HEIC needs a further package: pip install 'crack-exp[heic]'"

DARK = "darker than a quarter of white (scale values of 10 to 14 bits)"
CLIPPED = "values above white cut off"
NOTES = ("EXIF-rotated", "16-bit", "transparency ignored", "first of several pictures", DARK, CLIPPED)
QUARTER_OF_WHITE = 64
NO_VALUE_ABOVE = "no value above "
"""Begins the note on where the values of a dark image of 16 bits end."""

ENDS = tuple(2**bits - 1 for bits in (8, 10, 12, 14))
"""White of cameras whose values are often stored in 16 bits as they are."""

WHITE_LEVEL = 2**16 - 1
"""Where no setting says otherwise."""

MAX_MEGAPIXELS = 100
"""Where no setting says otherwise. Files of a few bytes may hold more; a megapixel takes 5 to 18 MB of memory."""

MAX_SCANS = 100
"""Of a JPEG. A progressive one has about ten; each takes time for the whole image, and may have a hundred bytes."""

TURNED = range(5, 9)  # EXIF orientations that exchange width and height
WHITE_IS_ZERO = 0  # the value of TIFF's PhotometricInterpretation
START_OF_SCAN = b"\xff\xda"  # a marker of JPEG, never part of its data
REDUCED = 1  # the bit of TIFF's NewSubfileType for a smaller copy of another image
DNG_VERSION = 50706  # a tag of TIFF

AS_IMAGE = "save it as JPEG, PNG or TIFF"
RAW = f"a raw photo of a camera; develop it, and {AS_IMAGE}"
TAGGED_KINDS = (
    (0, b"version https://git-lfs", "a git-lfs pointer in place of the image; fetch the images with 'git lfs pull'"),
    (0, b"%PDF", f"a PDF; {AS_IMAGE}"),
    (0, b"%!PS", f"PostScript (EPS), which is a program; {AS_IMAGE}"),
    (0, b"\xc5\xd0\xd3\xc6", f"PostScript (EPS), which is a program; {AS_IMAGE}"),
    (0, b"8BPS", f"a file of Photoshop; {AS_IMAGE}"),
    (0, b"\0\0\1\0", f"an icon (ICO); {AS_IMAGE}"),
    (0, b"\0\5\x16\7", "what macOS keeps beside a file (AppleDouble), not the image; leave it out"),
    (0, b"\x93NUMPY", f"an array of NumPy; {AS_IMAGE}"),
    (0, b"PK\3\4", "a ZIP archive; unpack it"),
    (0, b"Rar!", "a RAR archive; unpack it"),
    (0, b"7z\xbc\xaf", "a 7z archive; unpack it"),
    (0, b"\x1f\x8b", "a gzip archive; unpack it"),
    (257, b"ustar", "a tar archive; unpack it"),
    (4, b"ftypavif", f"an AVIF; {AS_IMAGE}"),
    (4, b"ftypcrx", RAW),
    (0, b"FUJIFILMCCD-RAW", RAW),
    (0, b"IIR", RAW),
    (0, b"IIU\0", RAW),
    (4, b"ftyp", f"a video; take pictures from it, and {AS_IMAGE}"),
    (8, b"AVI ", f"a video; take pictures from it, and {AS_IMAGE}"),
    (0, b"\x1aE\xdf\xa3", f"a video; take pictures from it, and {AS_IMAGE}"),
)
"""Bytes at a position by which other files are known, and what to say of such a file."""

TEXT_STARTS = {
    (b"<!doctype html", b"<html"): "a web page in place of the image; download the image itself",
    (b"<svg", b"<?xml"): f"an SVG drawing, or other XML; {AS_IMAGE}",
}
"""In small letters, behind white space."""


class UnreadableImage(ValueError):
    """The reason why bytes are not a complete image: "empty file", "a PDF; save it ...", "truncated", ..."""


@dataclass(frozen=True)
class Decoded:
    """An upright 8-bit RGB image, its pixel mode as stored (Pillow's name), and notes on how it was read.

    size_px: width and height of the whole upright image, also where it was decoded at a smaller size.
    """

    rgb: Image.Image
    mode: str
    notes: tuple[str, ...]
    size_px: tuple[int, int]


def decode(
    content: bytes, at_least_px: int | None, max_megapixels: float = MAX_MEGAPIXELS, white_level: int = WHITE_LEVEL
) -> Decoded:
    """Decode the bytes of an image file completely.

    at_least_px: a JPEG may be decoded at a smaller size, but both sides keep at least this length; None for full size.
    max_megapixels: of the whole image; checked before it takes memory.
    white_level: the value of 16-bit grey images that becomes white; values above it do so, too.
    Grey, palette and CMYK images are converted to RGB, grey of 9 to 15 bits is scaled by its depth, an EXIF rotation is
    applied. Transparency is ignored: every pixel keeps its stored colour. Of several images in one file, the first is
    used. Raises UnreadableImage.
    """
    if not content:
        raise UnreadableImage("empty file")
    try:
        return _decode(content, at_least_px, max_megapixels, white_level)
    except Image.DecompressionBombError:  # Pillow's own limit, where it cannot be passed by
        raise UnreadableImage("more megapixels than Pillow reads in this format; cut it into parts") from None
    except UnreadableImage:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds: OSError, SyntaxError, struct.error, ...
        truncated = isinstance(error, OSError) and "truncated" in str(error).lower()
        raise UnreadableImage("truncated" if truncated else f"unreadable ({error})") from error


def decode_resized(
    content: bytes, size_px: int, max_megapixels: float = MAX_MEGAPIXELS, white_level: int = WHITE_LEVEL
) -> np.ndarray:
    """The whole image, never cropped, as uint8 (size_px, size_px, 3), antialiased. Raises UnreadableImage."""
    # The JPEG decoder may reduce a large image by 2, 4 or 8, but to no less than twice the size, for the filter.
    return resize(decode(content, 2 * size_px, max_megapixels, white_level).rgb, size_px)


def resize(image: Image.Image, size_px: int) -> np.ndarray:
    """uint8 (size_px, size_px, 3), antialiased."""
    return np.asarray(image.resize((size_px, size_px), Image.Resampling.BILINEAR))


def resize_array(image: np.ndarray, size_px: int) -> np.ndarray:
    """The same for RGB pixels (H, W, 3), whole numbers from 0 to 255. Raises UnreadableImage for other arrays."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind not in "iuf" or not image.size:
        raise UnreadableImage(f"an array of {image.dtype} {image.shape}; expected RGB pixels, uint8 (height, width, 3)")
    return resize(Image.fromarray(image if image.dtype == np.uint8 else _as_uint8(image)), size_px)


def _as_uint8(image: np.ndarray) -> np.ndarray:
    """The same numbers. Raises UnreadableImage where they are not whole, or not from 0 to 255."""
    low, high = image.min(), image.max()
    # An image of 0 to 1 taken for one of 0 to 255 would be black, and black shows no crack.
    if low >= 0 and (high == 0 or 1 < high <= 255) and (image == np.rint(image)).all():
        return image.astype(np.uint8)
    scaled = "; multiply them by 255 and round them" if 0 <= low <= high <= 1 else ""
    raise UnreadableImage(
        f"numbers from {low:g} to {high:g} in an array of {image.dtype}; expected RGB pixels, uint8 (height, width, 3) "
        f"or whole numbers from 0 to 255{scaled}"
    )


def _decode(content: bytes, at_least_px: int | None, max_megapixels: float, white_level: int) -> Decoded:
    with _opened(content, max_megapixels) as image:
        mode, notes, whole = image.mode, _notes(image), image.size
        is_turned = image.getexif().get(ExifTags.Base.Orientation, 1) in TURNED
        if at_least_px is not None:
            image.draft(None, (at_least_px, at_least_px))
        is_reduced = image.size != whole
        # Pillow has read the EXIF data already. exif_transpose would write them again, and fail at invalid tags.
        image.info.pop("exif", None)
        ImageOps.exif_transpose(image, in_place=True)  # a copy would lose format and tags
        rgb = _to_rgb(image, white_level)
        notes += _notes_on_brightness(image, rgb, white_level)
        size = whole[::-1] if is_turned else whole
        return Decoded(rgb, mode, notes, size if is_reduced else rgb.size)


def _opened(content: bytes, max_megapixels: float) -> ImageFile.ImageFile:
    """What `Image.open` does, but by FORMATS alone, with a limit of our own, and without a warning for large photos.

    A warning can be silenced in a whole process alone, not for one of its threads.
    """
    image = _by_pillow_heif(content) if is_heic(content) else _identified(content)
    width, height = image.size
    if (megapixels := width * height / 1e6) > max_megapixels:
        raise UnreadableImage(
            f"{megapixels:,.0f} megapixels, more than max_megapixels={max_megapixels:g}; cut it into parts, or raise "
            "this setting"
        )
    if image.format in ("JPEG", "MPO") and (scans := content.count(START_OF_SCAN)) > MAX_SCANS:
        raise UnreadableImage(f"a JPEG of {scans:,} scans, as no camera writes it; save it again")
    if image.format == "TIFF":
        if _is_raw(image):
            raise UnreadableImage(RAW)
        if width * height > (Image.MAX_IMAGE_PIXELS or 0):
            image.im = Image.core.new(image.mode, getattr(image, "_tile_size", image.size))  # else made with a warning
    return image


def _identified(content: bytes) -> ImageFile.ImageFile:
    """By the one of FORMATS that it begins like. Raises UnreadableImage."""
    Image.init()
    for name in FORMATS:
        factory, begins_alike = Image.OPEN[name]
        if begins_alike is not None and begins_alike(content[:16]) is True:
            try:
                return factory(io.BytesIO(content), "")
            except (SyntaxError, IndexError, TypeError, struct.error) as error:
                raise UnreadableImage(f"cut off, damaged, or a rare kind of {name} ({error})") from None
    raise UnreadableImage(_other_kind(content))


def _other_kind(content: bytes) -> str:
    """What a file is that is no image, and what to do."""
    for position, mark, kind in TAGGED_KINDS:
        if content.startswith(mark, position):
            return kind
    text = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for starts, kind in TEXT_STARTS.items():
        if text.startswith(starts):
            return kind
    if not content.strip(b"\0"):
        return "nothing but zero bytes, as an unfinished copy leaves them; copy it again"
    return "not an image"


def _is_raw(image: ImageFile.ImageFile) -> bool:
    """Whether it is only the preview in a camera's raw file (DNG, NEF, CR2, ARW), which is a TIFF by its beginning."""
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(ExifTags.Base.NewSubfileType, 0) & REDUCED or DNG_VERSION in tags)


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


def _notes_on_brightness(image: Image.Image, rgb: Image.Image, white_level: int) -> tuple[str, ...]:
    """Values of 12 bits are often stored in 16 as they are: nearly black. The notes then also say where they end."""
    dark = (DARK,) if np.max(rgb.getextrema()) <= QUARTER_OF_WHITE else ()
    if not image.mode.startswith("I") or _bits(image) != 16:
        return dark
    brightest = np.asarray(image).max()
    if brightest > white_level:
        return (*dark, CLIPPED)
    end = next((end for end in ENDS if brightest <= end < white_level), None)
    return (*dark, f"{NO_VALUE_ABOVE}{end}") if dark and end else dark


def _to_rgb(image: Image.Image, white_level: int) -> Image.Image:
    if image.mode == "LAB":
        raise UnreadableImage("colours of the LAB space; save it in RGB")
    if image.mode == "F" or (image.mode == "I" and image.format == "TIFF"):
        raise UnreadableImage("pixels of 32 bits have no fixed range; save it with 8 or 16 bits")
    if image.mode.startswith("I"):
        return _grey_to_8_bit(image, white_level).convert("RGB")
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        image = ImageChops.invert(image)  # Pillow reads each as if Adobe had written it, which stores negatives
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA")  # avoids a warning of Pillow for palettes with transparency
    return image if image.mode == "RGB" else image.convert("RGB")


def _grey_to_8_bit(image: Image.Image, white_level: int) -> Image.Image:
    """Grey of more than 8 bits. A TIFF of other than 16 bits tells its white: 4095 in one of 12."""
    white = white_level if _bits(image) == 16 else 2 ** _bits(image) - 1
    grey = np.minimum(np.asarray(image, dtype=np.float32) / white, 1.0)
    if getattr(image, "tag_v2", {}).get(ExifTags.Base.PhotometricInterpretation) == WHITE_IS_ZERO:
        grey = 1.0 - grey
    return Image.fromarray(np.rint(grey * 255.0).astype(np.uint8))


def _bits(image: Image.Image) -> int:
    """Of a value of deep grey, as it is stored; 16 where the format does not tell."""
    return int(getattr(image, "tag_v2", {}).get(ExifTags.Base.BitsPerSample, (16,))[0])
