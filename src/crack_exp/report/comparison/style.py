"""Colours, dashes and marks of the settings in the plots of a comparison."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.report.style import BLUE, INK, ORANGE, SKY, YELLOW, folded

# The colours of Okabe and Ito that are visible on white; more settings have dashes or other marks.
COLOURS = (BLUE, ORANGE, "#009E73", YELLOW, "#CC79A7", SKY, INK)
DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", (0, (5, 2)), (0, (1, 1)))
MARKS = ("o", "s", "^")
LINE_CHARACTERS = 110
LINE_IN = 0.22


def colour_of(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def dashes_of(number: int) -> str | tuple[int, tuple[int, ...]]:
    return DASHES[number // len(COLOURS) % len(DASHES)]


def mark_of(number: int) -> str:
    return MARKS[number // len(COLOURS) % len(MARKS)]


def legend_in(names: Sequence[str]) -> float:
    """Height of the legend with these names, in inches."""
    return LINE_IN * sum(folded(name, LINE_CHARACTERS).count("\n") + 1 for name in names)


def add_names(figure: Figure, axes: Axes, names: Sequence[str]) -> None:
    """Add a legend with the full names of the settings, as many as `axes` has labels, below the plot."""
    handles, labels = axes.get_legend_handles_labels()
    legend = figure.legend(handles, labels, loc="outside lower left", frameon=False, fontsize=9)
    # Afterwards: as a label, matplotlib leaves out a name that begins with an underscore.
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(folded(name, LINE_CHARACTERS))
