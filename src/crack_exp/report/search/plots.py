"""Plots of a search: the trials, and the importance of the settings."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crack_exp.report.numbers import counted
from crack_exp.report.search.tables import FINISHED, Search
from crack_exp.report.style import BLUE, GREY, ORANGE, add_legend, label, new_figure, style_axes


def history(search: Search) -> Figure | None:
    """Validation result of each trial in order, and the best so far."""
    if not search.ranked:
        return None
    figure = new_figure(width_in=10, height_in=4, title=f"Search: {search.title} by trial", subtitle=search.summary)
    axes = figure.subplots()
    values = _draw_finished(axes, search)
    _draw_unfinished(axes, search)
    if search.metric == "loss" and values.min() > 0 and values.max() > 10 * values.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    unit = " (nats)" if search.metric == "loss" else ""
    label(axes, "trial", f"{search.title}{unit}")
    style_axes(axes, grid="y")
    add_legend(figure, axes)
    return figure


def _draw_finished(axes: Axes, search: Search) -> np.ndarray:
    """A dot for each finished trial and a line for the best so far; returns the values of the dots."""
    finished = [(one.number, one.value) for one in search.trials if one.value is not None]
    numbers, values = (np.array(column, float) for column in zip(*finished, strict=True))
    best = (np.minimum if search.metric == "loss" else np.maximum).accumulate(values)
    last = max(one.number for one in search.trials)
    axes.step([*numbers, last], [*best, best[-1]], where="post", color=ORANGE, label="best so far")
    axes.plot(numbers, values, "o", color=BLUE, markersize=7, label="finished trial")
    return values


def _draw_unfinished(axes: Axes, search: Search) -> None:
    """A cross on the horizontal axis for each trial that is not finished."""
    numbers = [one.number for one in search.trials if one.state != FINISHED]
    if numbers:
        on_axis, bottom = axes.get_xaxis_transform(), np.zeros(len(numbers))
        axes.plot(numbers, bottom, "x", color=GREY, label="pruned or failed trial", transform=on_axis, clip_on=False)


def importance(search: Search) -> Figure | None:
    """Share of the variance between trials that each setting explains."""
    if not search.importances:
        return None
    ranked = sorted(search.importances.items(), key=lambda item: item[1])
    figure = new_figure(
        width_in=10,
        height_in=0.9 + 0.42 * len(ranked),
        title="Importance of the settings",
        subtitle="Explained share of the variance between trials: a rough estimate by functional ANOVA from "
        f"{counted(len(search.ranked), 'finished trial')}",
    )
    axes = figure.subplots()
    axes.barh(range(len(ranked)), [100 * share for _, share in ranked], color=BLUE, height=0.62)
    axes.set_yticks(range(len(ranked)), [name for name, _ in ranked])
    axes.set_xlim(0, 100)
    label(axes, "share of the variance (%)", "")
    style_axes(axes, grid="x")
    axes.tick_params(axis="y", length=0)
    return figure


STUDY_PLOTS: dict[str, Callable[[Search], Figure | None]] = {"history": history, "importance": importance}
