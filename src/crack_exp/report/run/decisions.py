"""The decisions of crack against intact on the test images, as a matrix of two rows."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.report.numbers import counted, percent, threshold_text
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, INK, ORANGE, PALE, label, new_figure
from crack_exp.report.wording import sample

CELLS = (("cracks found", "cracks missed"), ("false alarms", "no alarm"))
"""What the images of each cell of `RankedDecisions.counts` are called."""

WRONG = ((0, 1), (1, 0))


def decisions(report: RunReport) -> Figure:
    """Cracks found and missed, false alarms and intact images without one, at the threshold."""
    test = report.test
    assert test.threshold is not None
    counts = test.decisions.counts
    figure = new_figure(
        width_in=8,
        height_in=3.6,
        title=f"Crack or no crack: {counted(int(counts[0, 1]), 'crack')} missed, "
        f"{counted(int(counts[1, 0]), 'false alarm')}",
        subtitle=f"{sample(test, 'test')}. Crack: a crack score of at least {threshold_text(test.threshold)}",
    )
    draw_decisions(figure.subplots(), counts)
    return figure


def draw_decisions(axes: Axes, counts: np.ndarray, size: float = 11) -> None:
    """Fill `axes` with the counts (2, 2) of `RankedDecisions.counts`; errors are orange."""
    axes.imshow(np.zeros((2, 2)), cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        wrong = (row, column) in WRONG and count > 0
        share = f"\n{percent(count / counts[row].sum())} %" if counts[row].any() else ""
        text = f"{CELLS[row][column]}\n{_count(count)}{share}"
        colour = ORANGE if wrong else BLUE if (row, column) not in WRONG else INK
        axes.text(column, row, text, ha="center", va="center", size=size, color=colour, weight="bold")
    axes.set_xticks([0, 1], ["crack", "no crack"])
    axes.set_yticks([0, 1], [f"{name}\nn = {_count(row.sum())}" for name, row in zip(NAMES, counts, strict=True)])
    axes.tick_params(length=0, labelsize=9, colors=INK)
    axes.spines[:].set_color(PALE)
    axes.set_xticks([0.5], minor=True)
    axes.set_yticks([0.5], minor=True)
    axes.grid(which="minor", color="#C8C8C8", linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    label(axes, "decision at the threshold", "label")


NAMES = ("cracked", "intact")


def _count(count: float) -> str:
    """'1,008', or '11.3' for a mean that is not an integer."""
    return f"{count:,.0f}" if abs(count - round(count)) < 0.05 else f"{count:,.1f}"
