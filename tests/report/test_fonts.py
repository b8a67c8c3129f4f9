"""Names in all languages are shown in plots: by a font of this machine where there is one, with a word where not."""

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.figure import Figure
from PIL import Image

from crack_exp.report import fonts
from crack_exp.report.pictures import write_png
from crack_exp.report.style import new_figure


def write_font(path: Path, family: str, letters: str) -> None:
    """A font in which each of `letters` is a black square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 800), (800, 800), (800, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square = pen.glyph()
    names = {ord(letter): f"u{ord(letter):x}" for letter in letters}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), **dict.fromkeys(names.values(), square)})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (900, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    builder.save(path)


@pytest.fixture(autouse=True)
def forget_fonts() -> Iterator[None]:
    yield
    fonts._found.cache_clear()
    fonts._installed.cache_clear()


def install(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    monkeypatch.setattr(fonts, "findSystemFonts", lambda: list(map(str, paths)))
    fonts._found.cache_clear()
    fonts._installed.cache_clear()


def ink(figure: Figure, path: Path) -> int:
    """Dark pixels of the figure; any warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_png(figure, path)
    with Image.open(path) as picture:
        return int((np.asarray(picture.convert("L")) < 100).sum())


def test_letters_that_matplotlib_lacks_come_from_a_font_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write_font(tmp_path / "serif.ttf", "Test Serif", "裂")
    write_font(tmp_path / "sans.ttf", "Test Sans", "裂缝")
    install(monkeypatch, tmp_path / "serif.ttf", tmp_path / "sans.ttf")
    latin, both = (new_figure(4, 1, title, "") for title in ("sound", "sound 裂缝"))
    square = 14 / 72 * 130 * 0.8  # of 14 pt at 130 dots an inch
    more = ink(both, tmp_path / "b.png") - ink(latin, tmp_path / "a.png")
    assert more == pytest.approx(2 * square**2, rel=0.2)
    assert both.texts[0].get_fontfamily() == ["DejaVu Sans", "Test Sans"]
    assert latin.texts[0].get_fontfamily() != ["DejaVu Sans", "Test Sans"] and caplog.text == ""


def test_letters_that_no_font_has_are_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    install(monkeypatch)
    caplog.set_level(logging.WARNING, "crack_exp")
    for _ in range(2):
        ink(new_figure(4, 1, "裂缝", "裂"), tmp_path / "a.png")
    (told,) = caplog.messages
    assert (
        told.startswith("plots show boxes in place of 缝 裂: no font of this machine has") and "fonts-noto-cjk" in told
    )


def test_what_matplotlib_has_itself_asks_for_no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[str]:
        raise AssertionError("the fonts of this machine are read, which takes a second")

    monkeypatch.setattr(fonts, "findSystemFonts", refuse)
    ink(new_figure(4, 1, "Größe > 2 µm, Трещины, ρωγμή, شقوق", "a\u200db"), tmp_path / "a.png")


def test_a_damaged_font_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_font(tmp_path / "sans.ttf", "Test Sans", "裂")
    (tmp_path / "damaged.ttf").write_bytes(b"no font")
    install(monkeypatch, tmp_path / "damaged.ttf", tmp_path / "gone.ttf", tmp_path / "sans.ttf")
    figure = new_figure(4, 1, "裂", "")
    ink(figure, tmp_path / "a.png")
    assert figure.texts[0].get_fontfamily() == ["DejaVu Sans", "Test Sans"]


def test_arabic_letters_are_joined_and_run_from_the_right(tmp_path: Path) -> None:
    """Alone, four letters take more room than joined; the first one stands at the right."""
    joined, apart = (new_figure(6, 1, title, "") for title in ("شقوق", "ش ق و ق"))
    assert ink(joined, tmp_path / "a.png") < ink(apart, tmp_path / "b.png")
    with Image.open(tmp_path / "a.png") as picture:
        dark = np.flatnonzero((np.asarray(picture.convert("L")) < 100).any(axis=0))
    with Image.open(tmp_path / "b.png") as picture:
        wide = np.flatnonzero((np.asarray(picture.convert("L")) < 100).any(axis=0))
    assert np.ptp(dark) < np.ptp(wide)
