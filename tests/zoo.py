"""A folder of troubles: images, files and tables in every form that people have, with the expected outcome beside each.

    python tests/zoo.py FOLDER    # makes it: FOLDER/images, FOLDER/tables, FOLDER/expected.csv

Nothing is copied: each file is made here, from one picture of four colours, so that a picture that is turned, mirrored
or in wrong colours is seen.
"""

import csv
import io
import os
import socket
import struct
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms

WIDTH_PX, HEIGHT_PX = 64, 32
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
COLOURS = (RED, GREEN, BLUE, WHITE)
"""Upper left, upper right, lower left, lower right."""

GREYS = tuple((grey, grey, grey) for grey in (76, 150, 29, 255))
"""The same as grey, as ITU-R 601 weights red, green and blue."""

DARK = "darker than a quarter of white (scale values of 10 to 14 bits)"
AS_IMAGE = "save it as JPEG, PNG or TIFF"
DEEP = "pixels of 32 bits have no fixed range; save it with 8 or 16 bits"

Corners = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Case:
    """A file and what is said of it.

    content: its bytes, or how it is made at its path. problem: the beginning of the reason why it is no image, "" if it
    is one; note: how reading changes it; corners: the colours that are seen then, within `tolerance`, none where they
    are not those of the picture. listed: whether a search of the folder finds it.
    """

    name: str
    content: bytes | Callable[[Path], Any]
    problem: str = ""
    note: str = ""
    corners: Corners = COLOURS
    listed: bool = True
    tolerance: int = field(default=6)


@dataclass(frozen=True)
class Table:
    """A table of a.jpg and b.jpg beside it. problem: a part of the sentence, "" if it is read as those two images."""

    name: str
    content: bytes
    problem: str = ""


# The picture and its containers


def picture(mode: str = "RGB") -> Image.Image:
    """Four colours, 64 x 32 px."""
    pixels = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    middle_y, middle_x = HEIGHT_PX // 2, WIDTH_PX // 2
    pixels[:middle_y, :middle_x], pixels[:middle_y, middle_x:] = RED, GREEN
    pixels[middle_y:, :middle_x], pixels[middle_y:, middle_x:] = BLUE, WHITE
    return Image.fromarray(pixels).convert(mode)


def another() -> Image.Image:
    return Image.new("RGB", (WIDTH_PX, HEIGHT_PX), "white")


def deep(most: int) -> Image.Image:
    """16-bit grey; `most` is the value of white."""
    return Image.fromarray((np.asarray(picture("L"), np.float64) / 255 * most).round().astype(np.uint16))


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ExifTags.Base.Orientation] = orientation
    return tags


STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""By EXIF orientation, how an upright picture is stored."""


def turned(orientation: int) -> Image.Image:
    how = STORED[orientation]
    return picture() if how is None else picture().transpose(how)


def png(
    width: int, height: int, bits: int, colour: int, raw: bytes, *, interlaced: bool = False, more: bytes = b""
) -> bytes:
    """A PNG from its lines, each behind its filter byte; more: chunks before the pixels."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def lines(pixels: np.ndarray) -> bytes:
    """Rows of a PNG, unfiltered."""
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def interlaced_png() -> bytes:
    """Adam7: seven pictures, each finer than the one before."""
    pixels = np.asarray(picture())
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    raw = b"".join(lines(pixels[y::step_y, x::step_x]) for y, x, step_y, step_x in passes)
    return png(WIDTH_PX, HEIGHT_PX, 8, 2, raw, interlaced=True)


def tiff(tags: dict[int, tuple[str, Sequence[int]]], data: bytes, order: str = "<") -> bytes:
    """A TIFF with one directory; the offsets of strips or tiles (tags 273, 324) are relative to `data`."""
    start = 8
    blob, entries = bytearray(), []
    directory_at = start + len(data) + len(data) % 2
    values_at = directory_at + 2 + 12 * len(tags) + 4
    for tag, (code, values) in sorted(tags.items()):
        shifted = [value + start for value in values] if tag in (273, 324) else values
        packed = struct.pack(f"{order}{len(shifted)}{code}", *shifted)
        kind = {"B": 1, "H": 3, "I": 4}[code]
        where = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack(f"{order}I", values_at + len(blob))
        blob += packed if len(packed) > 4 else b""
        entries.append(struct.pack(f"{order}HHI", tag, kind, len(values)) + where)
    mark = b"II" if order == "<" else b"MM"
    head = mark + struct.pack(f"{order}HI", 42, directory_at)
    body = struct.pack(f"{order}H", len(tags)) + b"".join(entries) + bytes(4)
    return head + data + bytes(len(data) % 2) + body + bytes(blob)


def plain_tiff(pixels: np.ndarray, order: str = "<", **more: tuple[str, Sequence[int]]) -> bytes:
    """Uncompressed, one strip. more: further tags, as t254=..."""
    height, width = pixels.shape[:2]
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    bits = 8 * pixels.dtype.itemsize
    data = (pixels if order == "<" else pixels.byteswap()).tobytes()
    tags: dict[int, tuple[str, Sequence[int]]] = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [bits] * samples),
        259: ("H", [1]),
        262: ("H", [2 if samples == 3 else 1]),
        273: ("I", [0]),
        277: ("H", [samples]),
        278: ("I", [height]),
        279: ("I", [len(data)]),
    }
    return tiff(tags | {int(name[1:]): value for name, value in more.items()}, data, order)


def tiled_tiff(side: int = 16) -> bytes:
    pixels = np.asarray(picture())
    tiles = [pixels[y : y + side, x : x + side].tobytes() for y in range(0, 32, side) for x in range(0, 64, side)]
    size = len(tiles[0])
    tags: dict[int, tuple[str, Sequence[int]]] = {
        **{256: ("I", [WIDTH_PX]), 257: ("I", [HEIGHT_PX]), 258: ("H", [8, 8, 8]), 259: ("H", [1]), 262: ("H", [2])},
        **{277: ("H", [3]), 322: ("H", [side]), 323: ("H", [side])},
        **{324: ("I", [number * size for number in range(len(tiles))]), 325: ("I", [size] * len(tiles))},
    }
    return tiff(tags, b"".join(tiles))


def without_segment(jpeg: bytes, marker: int) -> bytes:
    """A JPEG without its segments of one kind (0xEE: Adobe's)."""
    kept, at = jpeg[:2], 2
    while jpeg[at + 1] != 0xDA:
        size = 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        kept += b"" if jpeg[at + 1] == marker else jpeg[at : at + size]
        at += size
    return kept + jpeg[at:]


# Images that are read


def modes() -> Iterator[Case]:
    """Every pixel mode that a file can hold (HSV, La and RGBa are in no file that Pillow writes)."""
    yield Case("mode_1.png", saved(picture("1"), "PNG"), corners=())
    yield Case("mode_1_group4.tif", saved(picture("1"), "TIFF", compression="group4"), corners=())
    yield Case("mode_L.png", saved(picture("L"), "PNG"), corners=GREYS)
    yield Case("mode_L.jpg", saved(picture("L"), "JPEG", quality=95), corners=GREYS)
    yield Case("mode_LA.png", saved(picture("LA"), "PNG"), note="transparency ignored", corners=GREYS)
    for bits in (2, 4, 8):
        palette = picture().quantize(4)
        yield Case(f"mode_P_{bits}_bits.png", saved(palette, "PNG", bits=bits))
    yield Case(
        "mode_P_clear_index.png", saved(picture().quantize(4), "PNG", transparency=0), note="transparency ignored"
    )
    clear = saved(picture().quantize(4), "PNG", transparency=bytes([0, 128, 255, 9]))
    yield Case("mode_P_clear_values.png", clear, note="transparency ignored")
    yield Case("mode_RGB.png", saved(picture(), "PNG"))
    yield Case("mode_RGBA.png", saved(picture("RGBA"), "PNG"), note="transparency ignored")
    invisible = picture("RGBA")
    invisible.putalpha(0)
    yield Case("mode_RGBA_invisible.png", saved(invisible, "PNG"), note="transparency ignored")
    yield Case("mode_RGBX.tif", saved(picture("RGBX"), "TIFF"))
    yield Case("mode_CMYK_adobe.jpg", saved(picture("CMYK"), "JPEG", quality=98), tolerance=12)
    negative = Image.fromarray(255 - np.asarray(picture("CMYK")), "CMYK")
    plain = without_segment(saved(negative, "JPEG", quality=98), 0xEE)
    yield Case("mode_CMYK_not_inverted.jpg", plain, tolerance=12)
    yield Case("mode_CMYK.tif", saved(picture("CMYK"), "TIFF"))
    yield Case("mode_YCbCr.tif", saved(picture("YCbCr"), "TIFF"), tolerance=12)
    yield Case("mode_LAB.tif", saved(lab(), "TIFF"), "colours of the LAB space; save it in RGB")


def lab() -> Image.Image:
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    converted = ImageCms.applyTransform(picture(), to_lab)
    assert converted is not None
    return converted


def depths() -> Iterator[Case]:
    """More than 8 bits."""
    grey: dict[str, Any] = {"note": "16-bit", "corners": GREYS}
    for kind, suffix in {"PNG": "png", "TIFF": "tif", "PPM": "pgm", "JPEG2000": "jp2"}.items():
        yield Case(f"16_bits.{suffix}", saved(deep(65_535), kind), **grey)
    whole = np.asarray(deep(65_535))
    yield Case("16_bits_big_endian.tif", plain_tiff(whole, ">"), **grey)
    yield Case("16_bits_white_is_zero.tif", plain_tiff(65_535 - whole, t262=("H", [0])), **grey)
    colours = np.asarray(picture()).astype(np.uint16) * 257
    yield Case("16_bits_colours.png", png(WIDTH_PX, HEIGHT_PX, 16, 2, lines(colours.astype(">u2"))))
    yield Case("16_bits_colours.tif", plain_tiff(colours))
    dark = tuple((round(grey[0] / 16),) * 3 for grey in GREYS)
    yield Case(
        "12_bits_in_16.tif", saved(deep(4095), "TIFF"), note=f"16-bit, {DARK}, no value above 4095", corners=dark
    )
    yield Case("12_bits_in_16.png", saved(deep(4095), "PNG"), note=f"16-bit, {DARK}, no value above 4095", corners=dark)
    few = np.asarray(picture()).astype(np.uint16) * 16
    yield Case("12_bits_in_16_colours.tif", plain_tiff(few), note=DARK, corners=())
    yield Case("32_bits.tif", plain_tiff(whole.astype(np.uint32)), DEEP)
    floats = Image.fromarray(np.asarray(picture("L"), np.float32) / 255)
    yield Case("float32.tif", saved(floats, "TIFF"), DEEP)
    yield Case("black.png", saved(Image.new("RGB", (9, 9)), "PNG"), note=DARK, corners=((0, 0, 0),) * 4)


def orientations() -> Iterator[Case]:
    for number in STORED:
        note = "EXIF-rotated" if number > 1 else ""
        for kind, suffix in {"JPEG": "jpg", "PNG": "png", "TIFF": "tif", "WEBP": "webp"}.items():
            how = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
            content = saved(turned(number), kind, exif=exif(number), **how)
            yield Case(f"orientation_{number}.{suffix}", content, note=note, tolerance=12)
    for number in (0, 9):
        content = saved(picture(), "JPEG", exif=exif(number), quality=95, subsampling=0)
        yield Case(f"orientation_{number}_of_none.jpg", content, tolerance=12)


def containers() -> Iterator[Case]:
    fine: dict[str, Any] = {"quality": 95, "subsampling": 0}
    ways: dict[str, dict[str, Any]] = {
        "baseline": {},
        "progressive": {"progressive": True},
        "restarts": {"restart_marker_rows": 1},
    }
    for name, how in ways.items():
        yield Case(f"jpeg_{name}.jpg", saved(picture(), "JPEG", **fine, **how), tolerance=12)
    yield Case("phone.mpo", saved(picture(), "MPO", save_all=True, append_images=[another()], **fine), tolerance=12)
    wide = Image.new("RGB", (65_500, 1), "white")
    yield Case("as_wide_as_a_jpeg_can_be.jpg", saved(wide, "JPEG"), corners=(WHITE,) * 4)
    yield Case("one_pixel.png", saved(Image.new("RGB", (1, 1), RED), "PNG"), corners=(RED,) * 4)
    yield Case("png_interlaced.png", interlaced_png())
    broken_profile = chunk(b"iCCP", b"x\0\0" + b"no zlib")
    raw = lines(np.asarray(picture()))
    yield Case("png_broken_profile.png", png(WIDTH_PX, HEIGHT_PX, 8, 2, raw, more=broken_profile))
    yield Case(
        "png_16_frames.png",
        saved(picture(), "PNG", save_all=True, append_images=[another()]),
        note="first of several pictures",
    )
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield Case(f"tiff_{compression}.tif", saved(picture(), "TIFF", compression=compression))
    yield Case("tiff_jpeg.tif", saved(picture(), "TIFF", compression="jpeg", quality=95), tolerance=80)
    yield Case("tiff_strips.tif", saved(picture(), "TIFF", compression="tiff_lzw", strip_size=4 * WIDTH_PX * 3))
    yield Case("tiff_tiles.tif", tiled_tiff())
    yield Case("tiff_big_endian.tif", plain_tiff(np.asarray(picture()), ">"))
    yield Case(
        "tiff_pages.tif",
        saved(picture(), "TIFF", save_all=True, append_images=[another()]),
        note="first of several pictures",
    )
    yield Case("webp_lossy.webp", saved(picture(), "WEBP", quality=95), tolerance=40)
    yield Case("webp_lossless.webp", saved(picture(), "WEBP", lossless=True))
    moving = saved(picture(), "WEBP", lossless=True, save_all=True, append_images=[another()])
    yield Case("webp_moving.webp", moving, note="transparency ignored, first of several pictures")
    yield Case("windows.bmp", saved(picture(), "BMP"))
    yield Case("windows_palette.bmp", saved(picture().quantize(4), "BMP"))
    yield Case("still.gif", saved(picture(), "GIF"))
    yield Case(
        "moving.gif",
        saved(picture(), "GIF", save_all=True, append_images=[another()]),
        note="first of several pictures",
    )
    yield Case("jpeg2000.jp2", saved(picture(), "JPEG2000", irreversible=False))
    yield Case("jpeg2000_bare.j2k", saved(picture(), "JPEG2000", irreversible=False, no_jp2=True))
    yield Case("portable.ppm", saved(picture(), "PPM"))
    yield Case("portable.pgm", saved(picture("L"), "PPM"), corners=GREYS)


# Files that are no image, or not whole


def strangers() -> Iterator[Case]:
    """Files that are no images, as people have them under the name of one."""
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    yield Case("postscript.jpg", eps, f"PostScript (EPS), which is a program; {AS_IMAGE}")
    yield Case(
        "postscript_of_windows.jpg", b"\xc5\xd0\xd3\xc6" + struct.pack("<I", 30) + bytes(40) + eps, "PostScript (EPS)"
    )
    yield Case("photoshop.png", b"8BPS\0\1" + bytes(60), f"a file of Photoshop; {AS_IMAGE}")
    yield Case("icon.png", saved(picture(), "ICO"), f"an icon (ICO); {AS_IMAGE}")
    yield Case("avif.jpg", b"\0\0\0\x20ftypavif" + bytes(60), f"an AVIF; {AS_IMAGE}")
    heic = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(100)
    yield Case("phone.jpg", heic, "HEIC needs a further package: pip install 'crack-exp[heic]'")
    yield Case(
        "drawing.png",
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        "an SVG drawing, or other XML",
    )
    yield Case("paper.jpg", b"%PDF-1.7\n" + bytes(60), f"a PDF; {AS_IMAGE}")
    page = b"\xef\xbb\xbf\n <!DOCTYPE html><html><body>404</body></html>"
    yield Case("saved_from_the_web.jpg", page, "a web page in place of the image; download the image itself")
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    yield Case("git_lfs.jpg", pointer, "a git-lfs pointer in place of the image; fetch the images with 'git lfs pull'")
    yield Case(
        "apple_double.jpg", b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(60), "what macOS keeps beside a file (AppleDouble)"
    )
    yield Case("video.jpg", b"\0\0\0\x18ftypmp42" + bytes(60), "a video; take pictures from it")
    yield Case("video_of_windows.jpg", b"RIFF\x40\0\0\0AVI LIST" + bytes(60), "a video; take pictures from it")
    yield Case("video_matroska.jpg", b"\x1aE\xdf\xa3" + bytes(60), "a video; take pictures from it")
    yield Case("array.png", b"\x93NUMPY\1\0" + bytes(60), f"an array of NumPy; {AS_IMAGE}")
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "a")
    yield Case("zip.jpg", zipped.getvalue(), "a ZIP archive; unpack it")
    yield Case("rar.jpg", b"Rar!\x1a\7\0" + bytes(60), "a RAR archive; unpack it")
    yield Case("tar.jpg", b"a.txt".ljust(257, b"\0") + b"ustar\0" + bytes(249), "a tar archive; unpack it")
    yield Case("gzip.jpg", b"\x1f\x8b\x08" + bytes(60), "a gzip archive; unpack it")
    preview = np.asarray(picture().resize((16, 8)))
    raw = f"a raw photo of a camera; develop it, and {AS_IMAGE}"
    yield Case("raw_nikon.tif", plain_tiff(preview, t254=("I", [1])), raw)
    yield Case("raw_adobe.tif", plain_tiff(preview, t50706=("B", [1, 4, 0, 0])), raw)
    yield Case("raw_canon.tif", b"\0\0\0\x18ftypcrx " + bytes(60), raw)
    yield Case("raw_fuji.jpg", b"FUJIFILMCCD-RAW 0201" + bytes(60), raw)
    yield Case("zeros.jpg", bytes(3000), "nothing but zero bytes, as an unfinished copy leaves them; copy it again")
    yield Case("empty.jpg", b"", "empty file")
    yield Case("notes.jpg", b"seen on Monday", "not an image")
    yield Case("noise.jpg", np.random.default_rng(0).bytes(3000), "not an image")


def damaged() -> Iterator[Case]:
    """Whole images cut off or changed at several places."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8))
    for suffix, (kind, problem) in CUT.items():
        content = saved(noise, kind)
        for share in (0.5, 0.95):
            yield Case(f"cut_at_{share:.0%}.{suffix}", content[: int(len(content) * share)], problem)
        yield Case(f"cut_after_20_bytes.{suffix}", content[:20], CUT_SHORT.get(kind, problem))
    progressive = saved(noise, "JPEG", progressive=True)
    yield Case("cut_progressive.jpg", progressive[: len(progressive) // 2], "truncated")
    whole = saved(noise, "PNG")
    at = whole.index(b"IDAT") + 2000
    yield Case("changed_bytes.png", whole[:at] + b"crack" + whole[at + 5 :], "unreadable (")
    yield Case(
        "five_channels.tif", plain_tiff(np.zeros((8, 8, 5), np.uint8)), "cut off, damaged, or a rare kind of TIFF ("
    )


CUT = {
    "jpg": ("JPEG", "truncated"),
    "png": ("PNG", "truncated"),
    "tif": ("TIFF", "truncated"),
    "webp": ("WEBP", "unreadable ("),
    "bmp": ("BMP", "truncated"),
    "gif": ("GIF", "truncated"),
    "jp2": ("JPEG2000", "unreadable ("),
    "ppm": ("PPM", "truncated"),
}
CUT_SHORT = {kind: f"cut off, damaged, or a rare kind of {kind} (" for kind in ("JPEG", "TIFF", "GIF")}
"""What is said where the file ends before its picture begins, if it is something else."""


def bombs() -> Iterator[Case]:
    """Few bytes that would become many."""
    too_many = "megapixels, more than max_megapixels=100; cut it into parts, or raise this setting"
    yield Case("169_megapixels.png", saved(Image.new("1", (13_000, 13_000)), "PNG"), f"169 {too_many}")
    head = struct.pack(">IIBBBBB", 200_000, 200_000, 8, 2, 0, 0, 0)
    yield Case(
        "40_gigapixels.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b""), f"40,000 {too_many}"
    )
    small = np.asarray(picture())
    yield Case("4_gigapixels.tif", plain_tiff(small, t256=("I", [65_535]), t257=("I", [65_535])), f"4,295 {too_many}")
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000)))
    raw = lines(small)
    yield Case("text_of_80_mb.png", png(WIDTH_PX, HEIGHT_PX, 8, 2, raw, more=text), "unreadable (")
    profile = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(80_000_000)))
    yield Case("profile_of_80_mb.png", png(WIDTH_PX, HEIGHT_PX, 8, 2, raw, more=profile), "unreadable (")
    yield Case("strip_of_4_gb.tif", plain_tiff(small, t279=("I", [4_000_000_000])))
    yield Case(
        "tag_of_4_gb.tif",
        plain_tiff(small, t270=("I", [7] * 9)).replace(b"\x0e\x01\x04\0\x09\0\0\0", b"\x0e\x01\x04\0\xff\xff\xff\x3f"),
    )

    progressive = saved(picture(), "JPEG", progressive=True)
    last_scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    scans = progressive[:-2] + 500 * last_scan + progressive[-2:]
    yield Case("500_scans.jpg", scans, "a JPEG of 5")
    yield Case("tiff_that_leads_to_itself.tif", tiff_in_a_circle(small))


def tiff_in_a_circle(pixels: np.ndarray) -> bytes:
    """Its directory names itself as the next one."""
    content = bytearray(plain_tiff(pixels))
    (directory_at,) = struct.unpack("<I", content[4:8])
    (tags,) = struct.unpack("<H", content[directory_at : directory_at + 2])
    at = directory_at + 2 + 12 * tags
    content[at : at + 4] = content[4:8]
    return bytes(content)


def names() -> Iterator[Case]:
    """One good picture under every kind of name."""
    content = saved(picture(), "PNG")
    good = (
        *("a photo (copy), v=2.png", "-rf.png", "--help.png", "UPPER.PNG", "Mixed.PnG", "no jpeg.jpg", "two..dots.png"),
        *("line\nbreak.png", "tab\tin.png", "[red]bold[/red].png", "$(reboot).png", "`id`.png", "'quoted\".png"),
        *("=1+1.png", "@a.png", "~$x.y"[2:] + ".png", "100%.png", "a;b.png", "a&b.png", "<b>.png", "back\\slash.png"),
        *(unicodedata.normalize("NFC", "fissuré.png"), unicodedata.normalize("NFD", "fissurée.png")),
        *("裂缝.png", "تصدع.png", "🧱.png", "\u202egnp.png", "\ufeffbom.png", "x" * 251 + ".png"),
    )
    for name in good:
        yield Case(f"names/{name}", content)
    yield Case("names/" + os.fsdecode(b"bytes_\xff\xfe.png"), content)
    for name in ("no_ending", "wrong_ending.txt", "photo.png.bak"):
        yield Case(f"names/{name}", content, listed=False)
    for name in (".hidden.png", "._photo.png", "~$photo.png", "photo.png:Zone.Identifier"):
        yield Case(f"names/{name}", content, listed=False)
    for place in ("@eaDir/photo.png", "$RECYCLE.BIN", "#recycle", "lost+found", "__MACOSX", ".thumbnails"):
        yield Case(f"names/{place}/thumbnail.png", content, listed=False)


def special_files() -> Iterator[Case]:
    yield Case("special/pipe.png", os.mkfifo, "no file")
    yield Case("special/socket.png", listen, "no file")
    yield Case("special/link_to_nothing.png", lambda path: path.symlink_to("gone.png"), "a broken link")
    yield Case("special/link_to_itself.png", lambda path: path.symlink_to(path.name), "a broken link")
    yield Case("special/device.png", lambda path: path.symlink_to("/dev/zero"), "no file")
    yield Case("special/folder.png", lambda path: path.mkdir(), "no file", listed=False)


def listen(path: Path) -> None:
    """A socket; bound by a short name, since its path may have no more than 107 bytes."""
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


PARTS = (modes, depths, orientations, containers, strangers, damaged, bombs, names, special_files)


def cases() -> list[Case]:
    return [case for part in PARTS for case in part()]


# Tables


def tables() -> list[Table]:
    two = "path,label\na.jpg,cracked\nb.jpg,intact\n"
    by_comma = "data.path: line 2 of"
    return [
        Table("plain.csv", two.encode()),
        Table("byte_order_mark.csv", b"\xef\xbb\xbf" + two.encode()),
        Table("windows.csv", two.replace("\n", "\r\n").encode()),
        Table("old_mac.csv", two.replace("\n", "\r").encode()),
        Table("empty_lines.csv", two.replace("\n", "\n\n").encode()),
        Table("no_last_line_break.csv", two.strip().encode()),
        Table("spaces.csv", b" path , label \n a.jpg , cracked \nb.jpg,\xc2\xa0intact\n"),
        Table("quotes.csv", b'"path","label"\n"a.jpg","cracked"\n"b.jpg","intact"\n'),
        Table("backslashes.csv", two.replace("a.jpg", ".\\a.jpg").encode()),
        Table("more_columns.csv", b'id,path,label,note\n1,a.jpg,cracked,\n2,b.jpg,intact,"deep, wet"\n'),
        Table("utf_16.csv", two.encode("utf-16"), "is not UTF-8 text; save the table as 'CSV UTF-8'"),
        Table("utf_16_without_mark.csv", two.encode("utf-16-le"), "is no text (zero bytes, or UTF-16)"),
        Table("latin_1.csv", (two + "é.jpg,intact\n").encode("latin-1"), "is not UTF-8 text"),
        Table("semicolons.csv", two.replace(",", ";").encode(), "it is separated by ';', save it with commas"),
        Table("tabs.csv", two.replace(",", "\t").encode(), "it is separated by '\\t', save it with commas"),
        Table(
            "decimal_commas.csv",
            b"path;label;width_mm\na.jpg;cracked;0,25\n",
            "it is separated by ';', save it with commas",
        ),
        Table(
            "no_header.csv", b"a.jpg,cracked\nb.jpg,intact\n", "it has no header: add a first line such as path,label"
        ),
        Table("other_header.csv", b"file,class\na.jpg,cracked\n", "its columns are 'file', 'class'"),
        Table("two_headers.csv", b"path,label,label\na.jpg,x,y\n", "has 2 columns 'label'"),
        Table("ragged.csv", b"path,label\na.jpg,cracked,wet\n", f"{by_comma}"),
        Table("a_label_is_missing.csv", b"path,label\na.jpg,\nb.jpg,intact\n", "is empty in 1 lines (2)"),
        Table("twice.csv", (two + "./a.jpg,cracked\n").encode(), "1 images are listed more than once (a.jpg)"),
        Table("one_class.csv", b"path,label\na.jpg,x\nb.jpg,x\n", "all images have the label 'x'"),
        Table("gone.csv", b"path,label\nc.jpg,x\nb.jpg,y\n", "1 of 2 images of the table are not under"),
        Table("web.csv", b"path,label\nhttps://e.org/a.jpg,x\nhttps://e.org/b.jpg,y\n", "download these images"),
        Table(
            "drive.csv",
            b"path,label\nC:\\photos\\a.jpg,x\nC:\\photos\\b.jpg,y\n",
            "2 of 2 images of the table are not under",
        ),
        Table("zero_bytes.csv", b"path,label\n\0,x\nb.jpg,y\n", "is no text (zero bytes, or UTF-16)"),
        Table("open_quote.csv", b'path,label\n"a.jpg,x\n', "is not well-formed CSV"),
        Table("header_alone.csv", b"path,label\n", "lists no images"),
        Table("empty.csv", b"", "lists no images"),
        Table("workbook.csv", b"PK\3\4" + np.random.default_rng(0).bytes(500), "is not UTF-8 text"),
    ]


# The folder


def make_zoo(folder: Path) -> None:
    """Write everything into `folder`, with the expected outcomes in expected.csv."""
    rows: list[tuple[str, str, str]] = []
    for case in cases():
        path = folder / "images" / case.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(case.content, bytes):
            path.write_bytes(case.content)
        else:
            case.content(path)
        rows.append((f"images/{case.name}", case.problem, case.note))
    (folder / "tables").mkdir(parents=True)
    for name, colour in (("a.jpg", RED), ("b.jpg", BLUE)):
        Image.new("RGB", (WIDTH_PX, HEIGHT_PX), colour).save(folder / "tables" / name)
    for table in tables():
        (folder / "tables" / table.name).write_bytes(table.content)
        rows.append((f"tables/{table.name}", table.problem, ""))
    with (folder / "expected.csv").open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        csv.writer(file).writerows([("name", "problem", "note"), *rows])


if __name__ == "__main__":
    make_zoo(Path(sys.argv[1]))
