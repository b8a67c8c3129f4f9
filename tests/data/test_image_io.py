"""Images of every kind reach the model as upright 8-bit RGB, or are refused with a reason."""

import re
import sys
import tracemalloc
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from crack_exp.data.decoding import UnreadableImage, decode
from crack_exp.data.image_io import read_image, read_resized
from tests.zoo import tiff

RED, BLUE = (255, 0, 0), (0, 0, 255)


def test_a_grey_image_becomes_three_equal_channels(tmp_path: Path) -> None:
    Image.new("L", (3, 2), 77).save(tmp_path / "grey.png")
    image = read_image(tmp_path / "grey.png")
    assert image.shape == (2, 3, 3) and image.dtype == np.uint8
    assert (image == 77).all()


def test_a_palette_image_is_read_as_colours(tmp_path: Path) -> None:
    palette = Image.new("P", (1, 1), 1)
    palette.putpalette([0, 0, 0, *RED])
    palette.save(tmp_path / "palette.png", transparency=bytes([0, 128]))
    assert read_image(tmp_path / "palette.png").tolist() == [[[255, 0, 0]]]


def test_a_cmyk_image_is_not_inverted(tmp_path: Path) -> None:
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "red.jpg", quality=100)
    red, green, blue = read_image(tmp_path / "red.jpg")[0, 0]
    assert red > 250 and green < 5 and blue < 5


def test_transparent_pixels_keep_their_stored_colour(tmp_path: Path) -> None:
    Image.new("RGBA", (1, 1), (*BLUE, 0)).save(tmp_path / "clear.png")
    assert read_image(tmp_path / "clear.png").tolist() == [[[0, 0, 255]]]


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm", "jp2"])
def test_16_bit_grey_is_scaled_and_not_clipped(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"grey.{suffix}"
    Image.fromarray(np.array([[0, 257, 25_700, 65_535]], dtype=np.uint16)).save(path)
    assert read_image(path)[0, :, 0].tolist() == [0, 1, 100, 255]


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm", "jp2"])
def test_another_value_is_white_where_it_is_set_and_what_is_brighter_as_well(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"grey.{suffix}"
    Image.fromarray(np.array([[0, 1606, 4095, 50_000]], dtype=np.uint16)).save(path)
    assert read_image(path, white_level=4095)[0, :, 0].tolist() == [0, 100, 255, 255]


def test_a_tiff_of_12_bits_tells_its_white_by_itself() -> None:
    size: dict[int, tuple[str, Sequence[int]]] = {256: ("I", [2]), 257: ("I", [1]), 278: ("I", [1]), 279: ("I", [3])}
    kind: dict[int, tuple[str, Sequence[int]]] = {258: ("H", [12]), 259: ("H", [1]), 262: ("H", [1]), 277: ("H", [1])}
    content = tiff(size | kind | {273: ("I", [0])}, b"\xff\xf0\x00")  # 4095, 0
    for level in (65_535, 1023):
        found = decode(content, None, white_level=level)
        assert np.asarray(found.rgb)[0, :, 0].tolist() == [255, 0] and found.notes == ("16-bit",)


def test_a_tiff_with_white_as_zero_is_inverted(tmp_path: Path) -> None:
    grey = Image.fromarray(np.array([[0, 65_535]], dtype=np.uint16))
    grey.save(tmp_path / "grey.tif", tiffinfo={ExifTags.Base.PhotometricInterpretation: 0})
    assert read_image(tmp_path / "grey.tif")[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize("mode", ["RGB", "I;16"])
def test_the_exif_rotation_is_applied(tmp_path: Path, mode: str) -> None:
    lying = Image.new(mode, (4, 2))
    lying.paste(RED if mode == "RGB" else 65_535, (0, 0, 2, 2))  # the left half as stored
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be shown turned clockwise by 90 degrees
    lying.save(tmp_path / "photo.png", exif=exif)
    upright = read_image(tmp_path / "photo.png")
    assert upright.shape == (4, 2, 3)
    assert (upright[:2, :, 0] == 255).all() and (upright[2:] == 0).all()


def test_invalid_camera_tags_are_ignored(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.XResolution] = 72.0
    Image.new("RGB", (4, 2)).save(tmp_path / "photo.jpg", exif=exif)
    content = (tmp_path / "photo.jpg").read_bytes()
    a_number_for_a_date = content.replace(b"\x01\x1a\0\5", b"\x01\x32\0\5")
    (tmp_path / "photo.jpg").write_bytes(a_number_for_a_date)
    assert read_image(tmp_path / "photo.jpg").shape == (4, 2, 3)


def test_of_an_animation_the_first_picture_is_read(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (2, 2), RED), Image.new("RGB", (2, 2), BLUE)
    first.save(tmp_path / "two.gif", save_all=True, append_images=[second])
    assert read_image(tmp_path / "two.gif")[0, 0].tolist() == [255, 0, 0]


def test_resizing_keeps_the_whole_image(tmp_path: Path) -> None:
    wide = np.zeros((100, 400, 3), dtype=np.uint8)
    wide[:, :40], wide[:, -40:] = RED, BLUE
    Image.fromarray(wide).save(tmp_path / "wide.png")
    small = read_resized(tmp_path / "wide.png", 20)
    assert small.shape == (20, 20, 3) and small.dtype == np.uint8
    assert small[10, 0].tolist() == [255, 0, 0]
    assert small[10, -1].tolist() == [0, 0, 255]


def test_a_hairline_stays_visible_when_an_image_shrinks(tmp_path: Path) -> None:
    wall = np.full((160, 160), 200, dtype=np.uint8)
    wall[:, 79] = 0  # without antialiasing every tenth column is seen, and this is none of them
    Image.fromarray(wall).save(tmp_path / "hairline.png")
    small = read_resized(tmp_path / "hairline.png", 16)[8, :, 0].astype(int)
    assert small.min() < 190
    assert (200 * 16 - small.sum()) == pytest.approx(20, abs=2)  # a tenth of 200 is spread over a few pixels


def test_a_large_jpeg_that_is_decoded_small_looks_the_same(tmp_path: Path) -> None:
    plaster = np.random.default_rng(0).integers(0, 256, (80, 120), dtype=np.uint8)
    large = Image.fromarray(plaster).resize((960, 640), Image.Resampling.NEAREST)
    large.save(tmp_path / "large.jpg", quality=95)
    whole = Image.fromarray(read_image(tmp_path / "large.jpg"))
    expected = np.asarray(whole.resize((60, 60), Image.Resampling.BILINEAR)).astype(int)
    # Decoded at 240 x 160 it differs by 0.4 of 255 levels; at 120 x 80 it would by 1.8.
    assert np.abs(read_resized(tmp_path / "large.jpg", 60) - expected).mean() < 0.7


def refusals() -> dict[str, tuple[bytes, str]]:
    return {
        "empty.jpg": (b"", "empty file"),
        "notes.jpg": (b"cracks seen on Monday", "not an image"),
    }


@pytest.mark.parametrize("name", refusals())
def test_a_file_that_is_no_image_is_refused_with_path_and_reason(tmp_path: Path, name: str) -> None:
    content, reason = refusals()[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{re.escape(str(tmp_path / name))}: {reason}"):
        read_image(tmp_path / name)


@pytest.mark.parametrize("suffix", ["jpg", "png", "bmp", "tif"])
def test_half_an_image_is_refused_as_truncated(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"half.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match="truncated"):
        read_resized(path, 16)


def test_pixels_without_a_range_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2), dtype=np.float32)).save(tmp_path / "depth.tif")
    with pytest.raises(ValueError, match="save it with 8 or 16 bits"):
        read_image(tmp_path / "depth.tif")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="gone.jpg: No such file"):
        read_image(tmp_path / "gone.jpg")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_the_size_of_a_turned_photo_is_that_of_the_upright_one(suffix: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    file = BytesIO()
    Image.new("RGB", (400, 200)).save(file, Image.registered_extensions()[f".{suffix}"], exif=exif)
    for at_least_px in (None, 20):
        assert decode(file.getvalue(), at_least_px).size_px == (200, 400)


@pytest.mark.parametrize(
    ("suffix", "how"), [("png", {}), ("jpg", {}), ("tif", {}), ("tif", {"compression": "tiff_lzw"})]
)
def test_a_photo_of_90_megapixels_brings_no_warning_and_leaves_the_warnings_of_others(
    suffix: str, how: dict[str, str], recwarn: pytest.WarningsRecorder
) -> None:
    file = BytesIO()
    Image.new("L", (9_500, 9_500), 40).save(file, Image.registered_extensions()[f".{suffix}"], **how)
    filters, limit = list(warnings.filters), Image.MAX_IMAGE_PIXELS
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: decode(file.getvalue(), None).size_px, range(2))
    assert first == second == (9_500, 9_500)
    assert not recwarn.list and (list(warnings.filters), Image.MAX_IMAGE_PIXELS) == (filters, limit)
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(file)


@pytest.mark.parametrize("suffix", ["png", "tif", "gif"])
def test_too_many_megapixels_are_refused_before_they_take_memory(suffix: str) -> None:
    file = BytesIO()
    Image.new("1", (13_000, 13_000)).save(file, Image.registered_extensions()[f".{suffix}"])
    content = file.getvalue()
    tracemalloc.start()
    try:
        with pytest.raises(
            UnreadableImage, match="^169 megapixels, more than max_megapixels=100; cut it into parts, or"
        ):
            decode(content, None)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


def heic(brand: bytes = b"heic") -> bytes:
    return b"\0\0\0\x1cftyp" + brand + b"\0\0\0\0mif1heicmiaf" + bytes(100)


def test_without_its_package_a_heic_file_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnreadableImage, match=r"^HEIC needs a further package: pip install 'crack-exp\[heic\]'$"):
        decode(heic(), None)


def test_with_its_package_a_heic_file_is_read_upright() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = Image.new("RGB", (128, 64))
    lying.paste(RED, (0, 0, 64, 64))
    file = BytesIO()
    pillow_heif.from_pillow(lying).save(file, exif=exif.tobytes())
    known = list(Image.ID)
    decoded = decode(file.getvalue(), None)
    assert decoded.size_px == decoded.rgb.size == (64, 128)
    assert np.asarray(decoded.rgb)[10, 10, 0] > 240 and np.asarray(decoded.rgb)[100, 10, 0] < 15
    assert Image.ID == known, "Pillow's list of formats is that of others, too"
    with pytest.raises(UnreadableImage, match="^unreadable "):
        decode(heic(), None)
