"""Plots as PNG files."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from crack_exp.report.fonts import fonts_for
from crack_exp.report.section import Picture
from crack_exp.report.style import DPI, MARGIN_IN, ORANGE
from crack_exp.system.best_effort import BestEffort
from crack_exp.system.files import atomic_file

PALETTE_COLOURS = 256
FOOTER_IN = 0.3

Data = TypeVar("Data")
Plots = Mapping[str, Callable[[Data], Figure | None]]


def write_png(figure: Figure, path: Path, footer: str = "") -> None:
    """Save with a palette of 256 colours: a third of the size, without a visible difference.

    An octree gives the palette in a tenth of the time of Pillow's usual median cut.
    footer: a line below the plot, which goes wherever the plot is copied to.
    """
    pixels = _drawn(figure)
    image = Image.fromarray(np.vstack([pixels, _strip(footer, pixels.shape[1])]) if footer else pixels)
    with atomic_file(path, durable=False) as file:
        image.quantize(PALETTE_COLOURS, method=Image.Quantize.FASTOCTREE).save(file, "PNG")


def _drawn(figure: Figure) -> np.ndarray:
    """The pixels (H, W, 3) uint8."""
    canvas = FigureCanvasAgg(figure)
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a $ in a name is a dollar
    with fonts_for(figure):
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


def _strip(footer: str, width_px: int) -> np.ndarray:
    figure = Figure(figsize=((width_px + 0.5) / DPI, FOOTER_IN), dpi=DPI, facecolor="white")
    figure.text(MARGIN_IN * DPI / width_px, 0.5, footer, size=10, weight="bold", color=ORANGE, va="center")
    return _drawn(figure)[:, :width_px]


def write_pngs(plots: Plots[Data], data: Data, folder: Path, effort: BestEffort, footer: str = "") -> dict[str, Path]:
    """Write each of `plots` that applies to `data`, and can be drawn, as NAME.png; returns the files by name."""
    pictures = {}
    for name, draw in plots.items():
        with effort.part(name):
            if (figure := draw(data)) is not None:
                write_png(figure, folder / f"{name}.png", footer)
                pictures[name] = folder / f"{name}.png"
    return pictures


@contextmanager
def temporary_pngs(plots: Plots[Data], data: Data, effort: BestEffort, footer: str = "") -> Iterator[dict[str, Path]]:
    """The files of `write_pngs`; they are deleted at the end of the block."""
    with TemporaryDirectory() as folder:
        yield write_pngs(plots, data, Path(folder), effort, footer)


def picture_parts(plots: Plots[Data], pictures: Collection[str]) -> list[Picture]:
    """The drawn ones of `plots`, each with the first line of its docstring as alternative text."""
    return [
        Picture(name, (draw.__doc__ or name).partition("\n")[0]) for name, draw in plots.items() if name in pictures
    ]
