"""Confusion matrices of the settings, side by side."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.report.comparison.tables import ComparedSetting, Comparison
from crack_exp.report.run.confusion import draw_matrix
from crack_exp.report.style import INK, folded, label, new_figure
from crack_exp.report.wording import percent

WIDTH_IN = 10.0
NAMES_IN, GAP_IN = 1.3, 0.35
"""Width of the class names at the left, and space between two matrices."""

TITLE_LINE_IN = 0.19
CHARACTERS_PER_IN = 13
NAME_CHARACTERS = 16


def confusion_matrices(comparison: Comparison) -> Figure | None:
    """A confusion matrix for each setting, the mean over its seeds; None where the classes differ."""
    ranked = comparison.ranked
    class_names = list(ranked[0].class_names)
    if any(list(one.class_names) != class_names for one in ranked):
        return None
    rows, columns = _grid(len(ranked), len(class_names))
    cell_in = (WIDTH_IN - NAMES_IN - columns * GAP_IN) / columns / len(class_names)
    titles = [_title(one, cell_in * len(class_names)) for one in ranked]
    figure = new_figure(
        width_in=WIDTH_IN,
        height_in=_height_in(rows, class_names, cell_in, titles),
        title="Confusion matrices on the test images",
        subtitle=_subtitle(comparison),
    )
    grid = figure.subplots(rows, columns, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place >= len(ranked):
            axes.axis("off")
            continue
        _draw(axes, ranked[place], class_names, cell_in)
        axes.set_title(titles[place], size=10, color=INK, loc="left")
        is_lowest, is_first = place + columns >= len(ranked), place % columns == 0
        axes.tick_params(labelbottom=is_lowest, labelleft=is_first)
        label(axes, "predicted class" if is_lowest else "", "true class" if is_first else "")
    return figure


def _grid(settings: int, classes: int) -> tuple[int, int]:
    """Number of rows and columns: as many columns as are legible, and rows of equal length where possible."""
    cell_in = 0.9 if classes <= 2 else 0.8 if classes <= 3 else 0.62 if classes <= 6 else 0.4
    fit = int((WIDTH_IN - NAMES_IN) / (classes * cell_in + GAP_IN))
    rows = -(-settings // max(1, fit))
    return rows, -(-settings // rows)


def _height_in(rows: int, class_names: Sequence[str], cell_in: float, titles: Sequence[str]) -> float:
    title_in = TITLE_LINE_IN * (1 + max(title.count("\n") + 1 for title in titles))
    below_in = 1.4 if _is_vertical(cell_in, class_names) else 0.7
    return rows * (len(class_names) * _row_in(cell_in) + title_in) + below_in


def _row_in(cell_in: float) -> float:
    """Height of a row of cells."""
    return min(0.6, max(0.34, 0.7 * cell_in))


def _is_vertical(cell_in: float, class_names: Sequence[str]) -> bool:
    """Whether the column names are vertical: their longest word is wider than a cell."""
    longest = max(len(word) for name in class_names for word in name.replace("_", " ").split())
    return longest > min(cell_in * CHARACTERS_PER_IN, NAME_CHARACTERS)


def _draw(axes: Axes, one: ComparedSetting, class_names: Sequence[str], cell_in: float) -> None:
    is_large = cell_in >= 0.55
    draw_matrix(
        axes,
        one.confusion,
        class_names,
        size=(10 if cell_in > 0.8 else 8.5) if is_large else 6.5,
        characters=NAME_CHARACTERS,
        vertical=_is_vertical(cell_in, class_names),
        compact=not is_large,
    )


def _title(one: ComparedSetting, width_in: float) -> str:
    accuracy = np.trace(one.confusion) / one.confusion.sum()
    name = folded(one.name, int(width_in * CHARACTERS_PER_IN))
    return f"{name}\naccuracy {percent(float(accuracy))} %"


def _subtitle(comparison: Comparison) -> str:
    several = any(len(one.seeds) > 1 for one in comparison.ranked)
    counts = "Test images, mean over seeds" if several else "Test images"
    return f"{counts}. Each row: predictions for the images of one true class; colour: share of the row"
