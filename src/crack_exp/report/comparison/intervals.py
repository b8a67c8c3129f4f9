"""The figures of all settings below each other, with their intervals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crack_exp.report.comparison.content import Ranking
from crack_exp.report.comparison.style import WIDTH_IN
from crack_exp.report.comparison.tables import main_metrics, title_of
from crack_exp.report.numbers import is_share
from crack_exp.report.style import BLUE, GREY, INK, label, new_figure, style_axes

MAX_ROWS = 40
ROW_IN = 0.24


def intervals(ranking: Ranking) -> Figure | None:
    """The compared metric, cracks found and false alarms of each setting, with confidence intervals."""
    rows = ranking.ranked[:MAX_ROWS]
    metrics = [metric for metric in main_metrics(ranking) if any(metric in one.figures for one in rows)]
    dots = "Dot: mean over seeds; crosses: seeds" if any(len(one.seeds) > 1 for one in rows) else "Dot: a setting"
    left_out = f"; the first {MAX_ROWS} settings" if len(ranking.ranked) > MAX_ROWS else ""
    figure = new_figure(
        WIDTH_IN,
        0.75 + ROW_IN * len(rows),
        "Figures on test",
        f"{dots}; line: {100 * ranking.confidence:g} % interval{left_out}",
    )
    panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        scale = 100 if is_share(metric) else 1
        for row, one in enumerate(rows):
            if metric in one.figures:
                _draw(axes, row, np.array(one.figures[metric].of_runs) * scale, one.figures[metric].interval, scale)
        label(axes, f"{title_of(metric)}{' (%)' if is_share(metric) else ''}", "")
        axes.xaxis.set_major_locator(MaxNLocator(3))
        style_axes(axes, grid="both")
    panels[0].set_yticks(range(len(rows)), [one.label for one in rows])
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    return figure


def _draw(axes: Axes, row: int, values: np.ndarray, interval: tuple[float, float] | None, scale: float) -> None:
    if interval is not None:
        axes.plot([scale * end for end in interval], [row, row], color=BLUE, linewidth=1.6, alpha=0.6)
    if len(values) > 1:
        axes.plot(values, np.full(len(values), row), "x", color=GREY, markersize=4)
    axes.plot(values.mean(), row, "o", color=BLUE, markeredgecolor=INK, markeredgewidth=0.5, markersize=6)
