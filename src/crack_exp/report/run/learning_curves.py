"""Learning curves: accuracy and loss over the epochs of both phases."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from crack_exp.report.numbers import figure_text, percent
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, GREY, INK, YELLOW, add_legend, label, new_figure, style_axes
from crack_exp.training.history import EpochRecord

MAX_QUARTILE_RANGES = 3.0
MAX_EPOCHS_WITH_DOTS = 40


def learning_curves(report: RunReport) -> Figure | None:
    """Accuracy and loss side by side, train and validation, with the start of fine-tuning marked.

    None for a run without training.
    """
    history = report.history
    if not history:
        return None
    best = min(history, key=lambda row: row.val_loss if np.isfinite(row.val_loss) else np.inf)
    lowest = f"{figure_text('loss', best.val_loss)} in epoch {best.epoch} of {len(history)}"
    figure = new_figure(
        width_in=10,
        height_in=3.9,
        title=f"Learning curves: validation accuracy {percent(best.val_accuracy)} % at the lowest validation loss",
        subtitle=f"Circle: lowest validation loss, {lowest}",
    )
    left, right = figure.subplots(1, 2)
    _draw(left, history, "accuracy", scale=100.0, limits=(0.0, 100.0), best=best)
    _draw(right, history, "loss", scale=1.0, limits=(0.0, np.inf), best=best)
    label(left, "epoch", "accuracy (%)")
    label(right, "epoch", report.loss)
    add_legend(figure, left)
    return figure


def interesting_range(values: np.ndarray, limits: tuple[float, float]) -> tuple[float, float]:
    """The range of `values` without outliers, such as the first epochs of a long run.

    Values more than three interquartile ranges outside the quartiles are omitted if the range of the others is at most
    half as large. The range has a margin, and exceeds `limits` by at most the width of a line.
    """
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        return 0.0, 1.0
    lower, upper = np.quantile(finite, [0.25, 0.75])
    reach = MAX_QUARTILE_RANGES * (upper - lower)
    usual = finite[(finite >= lower - reach) & (finite <= upper + reach)]
    if np.ptp(finite) < 2 * np.ptp(usual):
        usual = finite
    margin = max(0.08 * np.ptp(usual), 0.01 * abs(float(usual.mean())), 1e-3)
    low, high = float(usual.min() - margin), float(usual.max() + margin)
    return max(low, limits[0] - margin / 4), min(high, limits[1] + margin / 4)


def _draw(
    axes: Axes,
    history: Sequence[EpochRecord],
    measure: str,
    scale: float,
    limits: tuple[float, float],
    best: EpochRecord,
) -> None:
    epochs = [row.epoch for row in history]
    marker = "o" if len(epochs) <= MAX_EPOCHS_WITH_DOTS else ""
    curves = {}
    for split, colour, prefix in (("training", YELLOW, "train"), ("validation", BLUE, "val")):
        curves[split] = scale * np.array([getattr(row, f"{prefix}_{measure}") for row in history])
        axes.plot(epochs, curves[split], color=colour, linewidth=2, marker=marker, markersize=4, label=split)
    at_best = scale * getattr(best, f"val_{measure}")
    axes.plot(best.epoch, at_best, "o", markersize=11, markerfacecolor="none", color=INK, markeredgewidth=1.6)
    low, high = interesting_range(np.concatenate(list(curves.values())), limits)
    axes.set_ylim(low, high)
    # The axis ends above 100 % by the width of the line; no tick there.
    axes.set_yticks([tick for tick in axes.get_yticks() if max(low, limits[0]) <= tick <= min(high, limits[1])])
    axes.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _mark_fine_tuning(axes, history)
    style_axes(axes, grid="y")


def _mark_fine_tuning(axes: Axes, history: Sequence[EpochRecord]) -> None:
    first = next((row.epoch for row in history if row.phase == "fine_tune"), None)
    if first is None:
        return
    start = first - 0.5
    axes.axvline(start, color=GREY, linewidth=1.2, linestyle=(0, (4, 3)))
    late = first > (history[0].epoch + history[-1].epoch) / 2
    axes.annotate(
        "fine-tuning starts",
        xy=(start, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if late else 5, 3),
        textcoords="offset points",
        ha="right" if late else "left",
        size=9,
        color=INK,
    )
