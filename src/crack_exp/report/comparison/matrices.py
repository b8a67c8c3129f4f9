"""Matrices of the settings, side by side: crack or intact at the threshold, and the most probable classes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from crack_exp.report.comparison.content import ComparedSetting, Ranking
from crack_exp.report.comparison.style import WIDTH_IN
from crack_exp.report.comparison.verdict import shown
from crack_exp.report.numbers import figure_text
from crack_exp.report.run.confusion import draw_matrix
from crack_exp.report.style import INK, label, new_figure

MAX_MATRICES = 6
NAMES_IN, GAP_IN = 1.15, 0.3
"""Width of the class names at the left, and space between two matrices."""

CHARACTERS_PER_IN = 13
NAME_CHARACTERS = 14
DECISIONS = ("crack", "intact")


def decisions(ranking: Ranking) -> Figure | None:
    """Missed cracks and false alarms of each setting at its thresholds, the mean over its seeds."""
    drawn = [(one, one.decisions.confusion) for one in shown(ranking) if one.decisions is not None][:MAX_MATRICES]
    if not drawn:
        return None
    titles = [_decided_title(one, matrix) for one, matrix in drawn]
    return _side_by_side(
        ranking,
        [matrix for _, matrix in drawn],
        titles,
        DECISIONS,
        title="Crack or intact at the threshold",
        axes_labels=("decision", "label"),
    )


def classes(ranking: Ranking) -> Figure | None:
    """Confusion matrix of the most probable classes for each setting, the mean over its seeds; None for two classes."""
    drawn = shown(ranking)[:MAX_MATRICES]
    class_names = drawn[0].class_names
    if len(class_names) < 3:
        return None
    return _side_by_side(
        ranking,
        [one.confusion for one in drawn],
        [f"{one.label}\naccuracy {figure_text('accuracy', one.figures['accuracy'].mean)}" for one in drawn],
        class_names,
        title="Most probable classes",
        axes_labels=("most probable class", "true class"),
    )


def _decided_title(one: ComparedSetting, matrix: np.ndarray) -> str:
    """'A', '3 of 76 cracks missed', '12.3 of 77 false alarms'."""
    (found, missed), (alarms, right) = matrix
    cracks, intact = found + missed, alarms + right
    return f"{one.label}\n{_count(missed)} of {cracks:,.0f} missed\n{_count(alarms)} of {intact:,.0f} alarms"


def _count(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def _side_by_side(
    ranking: Ranking,
    matrices: Sequence[np.ndarray],
    titles: Sequence[str],
    class_names: Sequence[str],
    *,
    title: str,
    axes_labels: tuple[str, str],
) -> Figure:
    rows, columns = _grid(len(matrices), len(class_names))
    cell_in = (WIDTH_IN - NAMES_IN - columns * GAP_IN) / columns / len(class_names)
    figure = new_figure(
        WIDTH_IN, _height_in(rows, class_names, cell_in, titles), title, _subtitle(ranking, len(matrices))
    )
    grid = figure.subplots(rows, columns, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place >= len(matrices):
            axes.axis("off")
            continue
        is_large = cell_in >= 0.5
        draw_matrix(
            axes,
            matrices[place],
            class_names,
            size=9 if is_large else 6.5,
            characters=NAME_CHARACTERS,
            vertical=_is_vertical(cell_in, class_names),
            compact=not is_large,
        )
        axes.set_title(titles[place], size=9, color=INK, loc="left")
        is_lowest, is_first = place + columns >= len(matrices), place % columns == 0
        axes.tick_params(labelbottom=is_lowest, labelleft=is_first)
        label(axes, axes_labels[0] if is_lowest else "", axes_labels[1] if is_first else "")
    return figure


def _grid(settings: int, classes: int) -> tuple[int, int]:
    """Number of rows and columns: as many columns as are legible, and rows of equal length where possible."""
    cell_in = 0.6 if classes <= 3 else 0.5 if classes <= 6 else 0.34
    fit = int((WIDTH_IN - NAMES_IN) / (classes * cell_in + GAP_IN))
    rows = -(-settings // max(1, fit))
    return rows, -(-settings // rows)


def _height_in(rows: int, class_names: Sequence[str], cell_in: float, titles: Sequence[str]) -> float:
    title_in = 0.2 + 0.17 * max(title.count("\n") + 1 for title in titles)
    below_in = 1.3 if _is_vertical(cell_in, class_names) else 0.6
    return rows * (len(class_names) * _row_in(cell_in) + title_in) + below_in


def _row_in(cell_in: float) -> float:
    """Height of a row of cells."""
    return min(0.5, max(0.34, 0.7 * cell_in))


def _is_vertical(cell_in: float, class_names: Sequence[str]) -> bool:
    """Whether the column names are vertical: their longest word is wider than a cell."""
    longest = max(len(word) for name in class_names for word in name.replace("_", " ").split())
    return longest > min(cell_in * CHARACTERS_PER_IN, NAME_CHARACTERS)


def _subtitle(ranking: Ranking, drawn: int) -> str:
    several = any(len(one.seeds) > 1 for one in ranking.ranked)
    first = f"; the first {drawn} settings" if drawn < len(ranking.ranked) else ""
    return f"Test images{', mean over seeds' if several else ''}; colour: share of the row{first}"
