"""Fonts for the letters of all languages: names are shown as a person wrote them.

Matplotlib has a font for Latin, Greek, Cyrillic and Arabic letters. Others are taken from the fonts of this machine.
"""

import logging
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, findSystemFonts, fontManager, get_font
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

OWN = "DejaVu Sans"
"""What comes with matplotlib."""

MAX_NAMED = 5

log = logging.getLogger(__name__)
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it warns where a font has no bold letters


@contextmanager
def fonts_for(figure: Figure) -> Iterator[None]:
    """Give the texts of `figure` fonts that have all their letters; inside, it is drawn.

    What no font has is told once, in one sentence; matplotlib would warn of each letter in each text.
    """
    texts = figure.findobj(Text)
    lacking = frozenset("".join(text.get_text() for text in texts)) - _own_letters()
    families, missing = _found(frozenset(filter(_is_visible, lacking)))
    for text in texts if families else []:
        text.set_fontfamily([OWN, *families])
    with warnings.catch_warnings():
        if missing:
            warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


@cache
def _own_letters() -> frozenset[str]:
    return _letters(get_font(findfont(FontProperties(family=OWN))))


@cache
def _found(lacking: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The families, as few as will do, that have these letters, and the letters that none has."""
    families, missing = list[str](), lacking
    fonts = _installed() if lacking else []
    while missing and fonts:
        font, path, letters = max(fonts, key=lambda one: len(one[2] & missing))
        if not letters & missing:
            break
        fontManager.addfont(path)
        families.append(font.family_name)
        missing -= letters
    if missing:
        named = " ".join(sorted(missing)[:MAX_NAMED]) + (" ..." if len(missing) > MAX_NAMED else "")
        log.warning(
            "plots show boxes in place of %s: no font of this machine has these letters; install one that has, e.g. "
            "Noto Sans (fonts-noto-cjk for Chinese, Japanese and Korean, fonts-noto-core for others)",
            named,
        )
    return tuple(families), missing


@cache
def _installed() -> list[tuple[FT2Font, str, frozenset[str]]]:
    """The fonts of this machine with their files and letters; regular ones without serifs first."""
    fonts = [(font, path, _letters(font)) for path in findSystemFonts() if (font := _readable(path))]
    return sorted(fonts, key=lambda one: (one[0].style_name != "Regular", "Sans" not in one[0].family_name, one[1]))


def _readable(path: str) -> FT2Font | None:
    try:
        font = get_font(path)
    except (OSError, RuntimeError):  # a damaged file
        return None
    return font if font.scalable else None  # others, of emojis, cannot be drawn


def _letters(font: FT2Font) -> frozenset[str]:
    return frozenset(map(chr, font.get_charmap()))


def _is_visible(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf")
