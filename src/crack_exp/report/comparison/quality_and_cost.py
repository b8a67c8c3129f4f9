"""What the settings give, against what they cost: time and parameters."""

from collections.abc import Sequence
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crack_exp.report.comparison.content import ComparedSetting, Ranking
from crack_exp.report.comparison.style import WIDTH_IN, add_labels, colour_of, mark_of
from crack_exp.report.comparison.tables import cost_cell, main_metrics, title_of
from crack_exp.report.numbers import is_share
from crack_exp.report.style import label, new_figure, style_axes

AXES = {"training_seconds": "training (s)", "parameters": "parameters (millions)"}
UNITS = {"parameters": 1e6}
PANEL_IN = 1.7
MAX_DRAWN = 21
"""Settings: as many as have a colour and mark of their own."""


def quality_and_cost(ranking: Ranking) -> Figure | None:
    """The compared metric, cracks found and false alarms of each setting, against each cost in which they differ."""
    drawn = ranking.ranked[:MAX_DRAWN]
    costs = [cost for cost in AXES if _differ(drawn, cost)]
    metrics = [metric for metric in main_metrics(ranking) if any(metric in one.figures for one in drawn)]
    if not costs:
        return None
    left_out = f"; the first {MAX_DRAWN} settings" if len(ranking.ranked) > MAX_DRAWN else ""
    legend_in = 0.3 * -(-len(drawn) // 8)
    figure = new_figure(
        WIDTH_IN,
        PANEL_IN * len(metrics) + 0.4 + legend_in,
        "Quality and cost",
        f"Each mark: a setting, on test; line: {100 * ranking.confidence:g} % interval{left_out}",
    )
    grid = figure.subplots(len(metrics), len(costs), sharex="col", sharey="row", squeeze=False)
    for row, metric in zip(grid, metrics, strict=True):
        for axes, cost in zip(row, costs, strict=True):
            _draw(axes, drawn, metric, cost)
            unit = " (%)" if is_share(metric) else ""
            is_lowest, is_first = metric == metrics[-1], cost == costs[0]
            label(axes, AXES[cost] if is_lowest else "", f"{title_of(metric)}{unit}" if is_first else "")
            style_axes(axes, grid="both")
    add_labels(figure, grid[0][0])
    return figure


def _differ(drawn: Sequence[ComparedSetting], cost: str) -> bool:
    """Whether the cells of the table differ: a difference of a few bytes does not count."""
    return len({cost_cell(one, cost) for one in drawn if one.known(cost)}) > 1


def _draw(axes: Axes, drawn: Sequence[ComparedSetting], metric: str, cost: str) -> None:
    scale = 100 if is_share(metric) else 1
    for number, one in enumerate(drawn):
        colour = colour_of(number)
        axes.plot([], [], mark_of(number), color=colour, markersize=7, label=one.label)
        if metric not in one.figures or not one.known(cost):
            continue
        x, figure = median(one.known(cost)) / UNITS.get(cost, 1), one.figures[metric]
        if figure.interval is not None:
            axes.plot([x, x], [scale * end for end in figure.interval], color=colour, linewidth=1.2, alpha=0.5)
        axes.plot(x, scale * figure.mean, mark_of(number), color=colour, markersize=7, alpha=0.85)
    axes.set_xlim(left=0)
    axes.margins(x=0.1)
    axes.xaxis.set_major_locator(MaxNLocator(5))
