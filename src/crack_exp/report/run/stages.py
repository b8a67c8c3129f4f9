"""Validation results after each stage of training, and the test result."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.report.numbers import figure_text, is_share
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, INK, ORANGE, label, new_figure, style_axes
from crack_exp.report.wording import sample, stated

SHOWN = {"auroc": "AUROC", "accuracy": "accuracy", "macro_f1": "macro F1"}


def stages(report: RunReport) -> Figure:
    """One row per stage, one panel per metric, with intervals."""
    rows = {f"{name}\n(validation)": stage for name, stage in report.stages.items()} | {"test": report.test}
    what = "Results by training stage" if report.history else "Evaluated without training"
    figure = new_figure(
        width_in=10,
        height_in=1.0 + 0.55 * len(rows),
        title=f"{what}: test AUROC {stated(report.test, 'auroc')}",
        subtitle=f"{sample(report.test, 'test')}. Bars: {100 * report.test.confidence:g} % interval",
    )
    panels = figure.subplots(1, len(SHOWN), sharey=True)
    for axes, (metric, name) in zip(panels, SHOWN.items(), strict=True):
        _draw(axes, list(rows.values()), metric)
        label(axes, f"{name} ({'%' if is_share(metric) else '0 to 1'})", "")
    panels[0].set_yticks(np.arange(len(rows)), list(rows))
    panels[0].set_ylim(len(rows) - 0.5, -0.6)
    return figure


def _draw(axes: Axes, evaluations: list[Evaluation], metric: str) -> None:
    scale = 100 if is_share(metric) else 1
    for row, evaluation in enumerate(evaluations):
        if metric not in evaluation.scalars:
            continue
        value = evaluation.scalars[metric]
        colour = ORANGE if row == len(evaluations) - 1 else BLUE
        low, high = evaluation.intervals.get(metric, (value, value))
        axes.plot((scale * low, scale * high), (row, row), color=colour, linewidth=3, alpha=0.45)
        axes.plot(scale * value, row, "o", color=colour, markersize=8)
        written, place = figure_text(metric, value), (scale * value, row)
        axes.annotate(written, place, (0, 7), textcoords="offset points", ha="center", size=9, color=INK)
    axes.margins(x=0.12)
    style_axes(axes, grid="x")
