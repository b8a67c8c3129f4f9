"""Figures as PNG files."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from crack_exp.report.section import Picture

PALETTE_COLOURS = 128

Shown = TypeVar("Shown")
Plots = Mapping[str, Callable[[Shown], Figure | None]]


def write_png(figure: Figure, path: Path) -> None:
    """Save with a palette of 128 colours: a third of the size, and no difference that one sees."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).quantize(PALETTE_COLOURS).save(path, optimize=True)


@contextmanager
def drawn(plots: Plots[Shown], what: Shown) -> Iterator[dict[str, Path]]:
    """{name: PNG file} of each of `plots` that has something to show of `what`; the files are gone behind it."""
    with TemporaryDirectory() as place:
        pictures = {}
        for name, draw in plots.items():
            if (figure := draw(what)) is not None:
                pictures[name] = Path(place, f"{name}.png")
                write_png(figure, pictures[name])
        yield pictures


def shown(plots: Plots[Shown], pictures: Collection[str]) -> list[Picture]:
    """Those of `plots` that were drawn, each with the first line of its function for who cannot see it."""
    return [
        Picture(name, (draw.__doc__ or name).partition("\n")[0]) for name, draw in plots.items() if name in pictures
    ]
