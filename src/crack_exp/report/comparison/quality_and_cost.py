"""Test metric against cost: time, parameters, size."""

from collections.abc import Sequence
from math import isnan

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation, Transform

from crack_exp.report.comparison.style import add_names, colour_of, legend_in, mark_of
from crack_exp.report.comparison.tables import TITLES, ComparedSetting, Comparison, cost_cell
from crack_exp.report.style import label, new_figure, style_axes

AXES = {"training_seconds": "training (s)", "parameters": "parameters (millions)", "size_mb": "model.keras (MB)"}
UNITS = {"parameters": 1e6}
SHIFT_PT, MAX_SHIFT_PT = 5.0, 20.0
POINTS_PER_IN = 72


def quality_and_cost(comparison: Comparison) -> Figure | None:
    """Test metric of each run, with its interval, against each cost in which the settings differ."""
    costs = [cost for cost in AXES if _differ(comparison.ranked, cost)]
    if not costs:
        return None
    title, names = TITLES[comparison.metric], [one.name for one in comparison.ranked]
    bars = " with its confidence interval on test" if any(any(one.intervals) for one in comparison.ranked) else ""
    figure = new_figure(
        width_in=10,
        height_in=3.9 + legend_in(names),
        title=f"Quality and cost: test {title} of each run",
        subtitle=f"Each mark is a run{bars}; marks of one setting are shifted to the side",
    )
    row = figure.subplots(1, len(costs), sharey=True, squeeze=False)[0]
    for axes, cost in zip(row, costs, strict=True):
        _draw(figure, axes, comparison, cost)
        label(axes, AXES[cost], title if axes is row[0] else "")
        style_axes(axes, grid="both")
    add_names(figure, row[0], names)
    return figure


def _differ(ranked: Sequence[ComparedSetting], cost: str) -> bool:
    """Whether the cells of the table differ: a difference of a few bytes does not count."""
    return len({cost_cell(one, cost) for one in ranked if one.known(cost)}) > 1


def _draw(figure: Figure, axes: Axes, comparison: Comparison, cost: str) -> None:
    """Each setting is shifted by a few points, because bars at the same cost would hide each other."""
    settings = len(comparison.ranked)
    for number, one in enumerate(comparison.ranked):
        shift_in = min(SHIFT_PT, MAX_SHIFT_PT / settings) * (number - (settings - 1) / 2) / POINTS_PER_IN
        shift = axes.transData + ScaledTranslation(shift_in, 0, figure.dpi_scale_trans)
        axes.plot([], [], mark_of(number), color=colour_of(number), markersize=8, label=f"{number}")
        runs = zip(one.costs[cost], one.figures[comparison.metric], one.intervals, strict=True)
        for value, quality, interval in runs:
            if not isnan(value):
                _mark(axes, number, value / UNITS.get(cost, 1), quality, interval, shift)
    axes.autoscale_view()
    highest = axes.dataLim.x1
    axes.set_xlim(-0.05 * highest, 1.08 * highest)  # space for the marks at both ends


def _mark(
    axes: Axes, number: int, x: float, quality: float, interval: tuple[float, float] | None, shift: Transform
) -> None:
    low, high = interval or (quality, quality)
    axes.plot([x, x], [low, high], color=colour_of(number), linewidth=1.2, alpha=0.4, transform=shift)
    axes.plot(x, quality, mark_of(number), color=colour_of(number), markersize=7, alpha=0.8, transform=shift)
    # Matplotlib ignores shifted artists in its data limits.
    axes.update_datalim([(x, low), (x, high)])
