"""Pictures of several settings side by side."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.report.comparison import TITLES, Comparison, Contender
from crack_exp.report.learning_curves import interesting_range
from crack_exp.report.style import BLUE, INK, ORANGE, SKY, YELLOW, label, new_figure, quiet, shortened

# Okabe and Ito's, all of those that stand out on white; then dashes.
COLOURS = (BLUE, ORANGE, "#009E73", YELLOW, "#CC79A7", SKY, INK)
DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", (0, (5, 2)), (0, (1, 1)))
LONGEST_NAME = 60


def curves(comparison: Comparison) -> Figure | None:
    """Validation loss and accuracy over the epochs: the mean of each setting, and a band over its seeds."""
    shown = [one for one in comparison.contenders if any(one.histories)]
    if not shown:
        return None
    figure = new_figure(
        width_in=10,
        height_in=3.9 + 0.22 * len(shown),
        title="Learning curves on the validation images",
        subtitle="Line: mean over seeds; band: lowest to highest seed",
    )
    left, right = figure.subplots(1, 2)
    for number, one in enumerate(shown):
        _curve(left, one, number, "val_accuracy", 100.0)
        _curve(right, one, number, "val_loss", 1.0)
    label(left, "epoch", "accuracy (%)")
    label(right, "epoch", "loss (nats)")
    for axes, limits in ((left, (0.0, 100.0)), (right, (0.0, np.inf))):
        values = np.concatenate([line.get_ydata() for line in axes.get_lines()])
        low, high = interesting_range(np.asarray(values, float), limits)
        axes.set_ylim(low, high)
        axes.set_yticks([tick for tick in axes.get_yticks() if max(low, limits[0]) <= tick <= min(high, limits[1])])
        quiet(axes, grid="y")
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower left", frameon=False, fontsize=9)
    return figure


def quality_and_cost(comparison: Comparison) -> Figure | None:
    """Test figure against the seconds of the run, a mark a run."""
    shown = [one for one in comparison.contenders if one.seconds]
    if not shown:
        return None
    metric = comparison.metric
    figure = new_figure(
        width_in=10,
        height_in=3.9 + 0.22 * len(shown),
        title=f"Quality against cost: test {TITLES[metric]} and seconds of each run",
        subtitle="A mark is a run; what was kept from earlier runs makes later ones quicker",
    )
    axes = figure.subplots()
    for number, one in enumerate(shown):
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(one.seconds, one.figures[metric], "o", color=colour, markersize=8, label=_name(one), alpha=0.8)
    label(axes, "seconds of the run", TITLES[metric])
    axes.set_xlim(left=0)
    quiet(axes, grid="both")
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower left", frameon=False, fontsize=9)
    return figure


COMPARISON_PLOTS: dict[str, Callable[[Comparison], Figure | None]] = {
    "curves": curves,
    "quality_and_cost": quality_and_cost,
}


def _curve(axes: Axes, one: Contender, number: int, measure: str, scale: float) -> None:
    """Over the epochs that all seeds have come to."""
    epochs = min(len(history) for history in one.histories)
    values = scale * np.array([[getattr(row, measure) for row in history[:epochs]] for history in one.histories])
    colour, dashes = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
    x = np.arange(1, epochs + 1)
    axes.plot(x, values.mean(axis=0), color=colour, linestyle=dashes, linewidth=2, label=_name(one))
    if len(values) > 1:
        axes.fill_between(x, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0)


def _name(one: Contender) -> str:
    return shortened(one.name, LONGEST_NAME)
