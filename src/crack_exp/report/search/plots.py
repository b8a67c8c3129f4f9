"""Pictures of a search: how it went, and which settings mattered."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crack_exp.report.search.tables import FINISHED, Search
from crack_exp.report.style import BLUE, GREY, ORANGE, add_legend, label, new_figure, quiet
from crack_exp.report.wording import counted


def history(search: Search) -> Figure | None:
    """What each trial reached on validation, in their order, and the best so far."""
    finished = [(one.number, one.value) for one in search.tried if one.value is not None]
    if not finished:
        return None
    numbers, values = (np.array(column, float) for column in zip(*finished, strict=True))
    best = (np.minimum if search.metric == "loss" else np.maximum).accumulate(values)
    others = [one.number for one in search.tried if one.state != FINISHED]
    figure = new_figure(
        width_in=10,
        height_in=4,
        title=f"The search: {search.title}, trial by trial",
        subtitle=search.says,
    )
    axes = figure.subplots()
    axes.step([*numbers, max(one.number for one in search.tried)], [*best, best[-1]], where="post", color=ORANGE)
    axes.lines[0].set_label("best so far")
    axes.plot(numbers, values, "o", color=BLUE, markersize=7, label="a finished trial")
    if others:
        ground, bottom = axes.get_xaxis_transform(), np.zeros(len(others))
        says = "given up early, or failed"
        axes.plot(others, bottom, "x", color=GREY, label=says, transform=ground, clip_on=False)
    if search.metric == "loss" and values.min() > 0 and values.max() > 10 * values.min():
        axes.set_yscale("log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    unit = " (nats)" if search.metric == "loss" else ""
    label(axes, "trial", f"{search.title}{unit}")
    quiet(axes, grid="y")
    add_legend(figure, axes)
    return figure


def importance(search: Search) -> Figure | None:
    """Which settings explain the differences between trials."""
    if not search.importances:
        return None
    ranked = sorted(search.importances.items(), key=lambda item: item[1])
    figure = new_figure(
        width_in=10,
        height_in=0.9 + 0.42 * len(ranked),
        title="Which settings mattered",
        subtitle=f"Share of the differences that a setting explains (functional ANOVA), from "
        f"{counted(len(search.ranked), 'finished trial')}: a hint, no proof",
    )
    axes = figure.subplots()
    axes.barh([name for name, _ in ranked], [100 * share for _, share in ranked], color=BLUE, height=0.62)
    axes.set_xlim(0, 100)
    label(axes, "share of the differences (%)", "")
    quiet(axes, grid="x")
    axes.tick_params(axis="y", length=0)
    return figure


STUDY_PLOTS: dict[str, Callable[[Search], Figure | None]] = {"history": history, "importance": importance}
