"""Learning curves of the compared settings."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crack_exp.report.comparison.content import ComparedSetting, Ranking
from crack_exp.report.comparison.style import WIDTH_IN, add_labels, colour_of, dashes_of
from crack_exp.report.comparison.verdict import shown
from crack_exp.report.run.learning_curves import interesting_range
from crack_exp.report.style import label, new_figure, style_axes


def curves(ranking: Ranking) -> Figure | None:
    """Validation accuracy and loss over the epochs: mean of each setting, and the range over its seeds."""
    first = list(shown(ranking))
    drawn = {number: one for number, one in enumerate(first) if any(one.histories)}
    if not drawn:
        return None
    left_out = len(ranking.ranked) - len(first)
    figure = new_figure(
        WIDTH_IN,
        5.6,
        "Learning curves on validation",
        f"Line: mean over seeds; band: lowest to highest{f'; the first {len(first)} settings' if left_out else ''}",
    )
    upper, lower = figure.subplots(2, 1, sharex=True)
    label(upper, "", "accuracy (%)")
    label(lower, "epoch", "loss (nats)")
    for axes, measure, limits in ((upper, "val_accuracy", (0.0, 100.0)), (lower, "val_loss", (0.0, np.inf))):
        scale = 100.0 if measure == "val_accuracy" else 1.0
        values = [_curve(axes, one, number, measure, scale) for number, one in drawn.items()]
        low, high = interesting_range(np.concatenate(values), limits)
        axes.set_ylim(low, high)
        axes.set_yticks([tick for tick in axes.get_yticks() if max(low, limits[0]) <= tick <= min(high, limits[1])])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        style_axes(axes, grid="y")
    add_labels(figure, upper)
    return figure


def _curve(axes: Axes, one: ComparedSetting, number: int, measure: str, scale: float) -> np.ndarray:
    """Draw the epochs that all seeds have; returns all values in the band."""
    epochs = min(len(history) for history in one.histories)
    values = scale * np.array([[getattr(row, measure) for row in history[:epochs]] for history in one.histories])
    colour, dashes = colour_of(number), dashes_of(number)
    x, marker = np.arange(1, epochs + 1), "o" if epochs == 1 else ""  # a line of one epoch cannot be seen
    axes.plot(x, values.mean(axis=0), color=colour, linestyle=dashes, linewidth=2, marker=marker, label=one.label)
    if len(values) > 1:
        axes.fill_between(x, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2, linewidth=0)
    return values.ravel()
