"""The common style of all plots: plain axes, a header, and colours for every kind of colour vision."""

import textwrap
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

# The palette of Okabe & Ito, distinguishable with every kind of colour vision.
BLUE = "#0072B2"
ORANGE = "#D55E00"
SKY = "#56B4E9"
YELLOW = "#E69F00"
INK = "#222222"
GREY = "#767676"
PALE = "#E4E4E4"

DPI = 130
HEADER_IN = 0.8
MARGIN_IN = 0.12
THUMBNAIL_PX = 200


def new_figure(width_in: float, height_in: float, title: str, subtitle: str) -> Figure:
    """An empty figure with its header; `height_in` is the height below the header."""
    total_in = height_in + HEADER_IN
    figure = Figure(figsize=(width_in, total_in), dpi=DPI, facecolor="white")
    body = (0, 0, 1, height_in / total_in)
    figure.set_layout_engine("constrained", rect=body, w_pad=MARGIN_IN, h_pad=MARGIN_IN)
    left = MARGIN_IN / width_in
    figure.text(left, 1 - 0.12 / total_in, title, size=14, weight="bold", color=INK, va="top")
    figure.text(left, 1 - 0.46 / total_in, subtitle, size=10, color=GREY, va="top")
    return figure


def add_legend(figure: Figure, axes: Axes) -> None:
    """Add the legend of `axes` at the right of the subtitle."""
    handles, names = axes.get_legend_handles_labels()
    height_in = float(figure.get_size_inches()[1])
    corner = (1, 1 - 0.38 / height_in)
    figure.legend(
        handles, names, loc="upper right", bbox_to_anchor=corner, ncols=len(names), frameon=False, fontsize=10
    )


def style_axes(axes: Axes, grid: Literal["x", "y", "both"]) -> None:
    """Set light spines, ticks and grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9, length=3)
    axes.grid(axis=grid, color=PALE, linewidth=0.8)
    axes.set_axisbelow(True)


def label(axes: Axes, x: str, y: str) -> None:
    """Set both axis labels, with units."""
    axes.set_xlabel(x, size=10, color=INK)
    axes.set_ylabel(y, size=10, color=INK)


def thumbnail(image: np.ndarray) -> np.ndarray:
    """The image (H, W, 3) uint8, reduced to at most THUMBNAIL_PX pixels a side."""
    small = Image.fromarray(image)
    small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return np.asarray(small)


def wrapped(name: str, characters: int) -> str:
    """A class name in at most two lines, with spaces for underscores; a longer name ends with "…"."""
    return "\n".join(textwrap.wrap(_readable(name), characters, max_lines=2, placeholder=" …"))


def shortened(name: str, characters: int) -> str:
    """The same in one line."""
    readable = _readable(name)
    return readable if len(readable) <= characters else readable[: characters - 1].rstrip() + "…"


def folded(name: str, characters: int) -> str:
    """The full name in as many lines as necessary; only words that are longer than a line are broken."""
    lines = textwrap.wrap(name, characters, break_on_hyphens=False, break_long_words=False)
    return "\n".join(line[at : at + characters] for line in lines for at in range(0, len(line), characters))


def _readable(name: str) -> str:
    return name.replace("_", " ")
