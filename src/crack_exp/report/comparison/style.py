"""Colours, dashes and marks of the settings in the plots of a comparison, and the width of these plots."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.report.style import BLUE, INK, ORANGE, SKY, YELLOW

WIDTH_IN = 5.6
"""A phone shows so many inches without scrolling, in letters that can be read."""

# The colours of Okabe and Ito that are visible on white; more settings have dashes or other marks.
COLOURS = (BLUE, ORANGE, "#009E73", YELLOW, "#CC79A7", SKY, INK)
DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", (0, (5, 2)), (0, (1, 1)))
MARKS = ("o", "s", "^")
LABELS_IN_A_LINE = 8


def colour_of(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def dashes_of(number: int) -> str | tuple[int, tuple[int, ...]]:
    return DASHES[number // len(COLOURS) % len(DASHES)]


def mark_of(number: int) -> str:
    return MARKS[number // len(COLOURS) % len(MARKS)]


def add_labels(figure: Figure, axes: Axes) -> None:
    """Add a legend with the labels in `axes` below the plot; the page says what they stand for."""
    handles, labels = axes.get_legend_handles_labels()
    columns = min(len(labels), LABELS_IN_A_LINE)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=9)
