"""Sections as a single HTML file, for mail and printing: it needs no network and no other file."""

import base64
import io
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from crack_exp.report.definitions import DEFINITIONS
from crack_exp.report.headline import Headline
from crack_exp.report.section import Section, Table
from crack_exp.system.files import write_text
from crack_exp.system.printed import printable_lines

JPEG_QUALITY = 80


def write_sections(
    title: str, headline: Headline, sections: Sequence[Section], pictures: Mapping[str, Path], path: Path
) -> None:
    """Write `sections` as one HTML file; pictures: their PNG files by name."""
    templates = Environment(
        loader=PackageLoader("crack_exp.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable_lines(value) if type(value) is str else value,
    )
    templates.filters |= {"png": lambda plot: _data_uri("png", pictures[plot].read_bytes()), "jpeg": _jpeg}
    templates.filters["jpeg_bytes"] = partial(_data_uri, "jpeg")
    templates.tests["a"] = lambda part, kind: type(part).__name__ == kind
    page = templates.get_template("page.html")
    text = page.render(title=title, headline=headline, sections=sections, definitions=_definitions())
    write_text(path, text)


def _definitions() -> Table:
    return Table(["", ""], list(DEFINITIONS.items()), words=True, fold="What the words mean")


def _jpeg(image: np.ndarray) -> str:
    """A thumbnail as a data URI."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=JPEG_QUALITY)
    return _data_uri("jpeg", file.getvalue())


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
