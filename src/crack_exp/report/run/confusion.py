"""The confusion matrix of the classes, each image counted for its most probable one."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, INK, label, new_figure, shortened, wrapped
from crack_exp.report.wording import sample, stated

WHITE_TO_BLUE = LinearSegmentedColormap.from_list("white_to_blue", ["white", BLUE])
DARK_FROM = 0.8


def confusion_matrix(report: RunReport) -> Figure | None:
    """One row per true class, with counts and shares of the row; none for two classes, which `decisions` shows."""
    test, class_names = report.test, report.test.predictions.class_names
    classes = len(class_names)
    if classes == 2:
        return None
    cell_in = 1.3 if classes <= 4 else 1.0 if classes <= 7 else 0.72
    figure = new_figure(
        width_in=max(8.0, 2.6 + classes * cell_in),
        height_in=max(3.2, 1.4 + classes * cell_in * 0.8),
        title=f"Most probable class: right for {stated(test, 'accuracy')}",
        subtitle=f"{sample(test, 'test')}. Not the decision at the threshold. Each row: the images of one true class",
    )
    axes = figure.subplots()
    few = classes <= 7
    draw_matrix(
        axes, test.confusion, class_names, size=11 if few else 8.5, characters=16 if few else 22, vertical=not few
    )
    label(axes, "most probable class", "true class")
    return figure


def draw_matrix(
    axes: Axes,
    confusion: np.ndarray,
    class_names: Sequence[str],
    *,
    size: float,
    characters: int,
    vertical: bool,
    compact: bool = False,
) -> None:
    """Fill `axes` with the matrix (C, C) [true, predicted] of counts, or of mean counts.

    size: font size of the cells; characters: maximum length of a line of a class name; vertical: whether the column
    names are vertical; compact: cells show only the count, and names have one line.
    """
    shares = _row_shares(confusion)
    axes.imshow(shares, cmap=WHITE_TO_BLUE, vmin=0, vmax=1, aspect="auto")
    _write_cells(axes, confusion, shares, size, compact)
    _name_classes(axes, class_names, confusion.sum(axis=1), characters, vertical, compact)


def _row_shares(confusion: np.ndarray) -> np.ndarray:
    """(C, C) in [0, 1]; a class without images has a row of zeros."""
    return confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)


def _write_cells(axes: Axes, confusion: np.ndarray, shares: np.ndarray, size: float, compact: bool) -> None:
    for (row, column), count in np.ndenumerate(confusion):
        share = shares[row, column]
        text = _count(count) + ("" if compact else f"\n{100 * share:.1f} %") if confusion[row].any() else "–"
        colour = "white" if share >= DARK_FROM else INK
        weight = "bold" if row == column else "normal"
        axes.text(column, row, text, ha="center", va="center", size=size, color=colour, weight=weight)


def _count(count: float) -> str:
    """'1,008', or '11.3' for a mean that is not an integer."""
    return f"{count:,.0f}" if abs(count - round(count)) < 0.05 else f"{count:,.1f}"


def _name_classes(
    axes: Axes, class_names: Sequence[str], support: np.ndarray, characters: int, vertical: bool, compact: bool
) -> None:
    places = np.arange(len(class_names))
    names = [(shortened if compact else wrapped)(name, characters) for name in class_names]
    between = ", " if compact else "\n"
    rows = [f"{name}{between}n = {_count(count)}" for name, count in zip(names, support, strict=True)]
    axes.set_xticks(places, names, rotation=90 if vertical else 0)
    axes.set_yticks(places, rows)
    axes.tick_params(length=0, labelsize=9, colors=INK)
    axes.spines[:].set_visible(False)
    # Lines between the cells, because neighbours with pale colours look alike.
    axes.set_xticks(places[1:] - 0.5, minor=True)
    axes.set_yticks(places[1:] - 0.5, minor=True)
    axes.grid(which="minor", color="#C8C8C8", linewidth=0.8)
    axes.tick_params(which="minor", length=0)
