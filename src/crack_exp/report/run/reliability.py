"""The reliability diagram: crack scores beside what the images show."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.evaluation.calibration import Reliability, reliability_of
from crack_exp.evaluation.wilson import wilson_interval
from crack_exp.report.numbers import decimal
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, GREY, INK, ORANGE, PALE, label, new_figure, style_axes
from crack_exp.report.wording import sample

DASHES = (0, (4, 3))


def reliability(report: RunReport) -> Figure:
    """The share of cracks among images with similar crack scores, before and after calibration, and their numbers."""
    after, before = report.test.predictions, report.raw_test
    figure = new_figure(
        width_in=8,
        height_in=5.6,
        title=f"Is the crack score a probability? Off by {decimal(report.test.scalars['ece'])} on average",
        subtitle=f"{sample(report.test, 'test')} in bins of equally many",
    )
    curve, histogram = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    curve.plot([0, 1], [0, 1], color=GREY, linewidth=1.2, linestyle=DASHES, label="honest")
    _draw(curve, reliability_of(before.crack_score, before.is_crack), ORANGE, "s", "before calibration")
    calibrated = reliability_of(after.crack_score, after.is_crack)
    _draw(curve, calibrated, BLUE, "o", "calibrated")
    _bars(curve, calibrated, report.test.confidence)
    curve.set_ylim(-0.04, 1.04)
    style_axes(curve, grid="both")
    label(curve, "", "share of images with a crack (0 to 1)")
    curve.legend(loc="best", frameon=False, fontsize=10)
    _counts(histogram, after.crack_score)
    return figure


def _draw(axes: Axes, found: Reliability, colour: str, marker: str, name: str) -> None:
    axes.plot(found.scores, found.cracked, color=colour, marker=marker, markersize=6, linewidth=1.4, label=name)


def _bars(axes: Axes, found: Reliability, confidence: float) -> None:
    """How far the share in each bin is known, if its images are independent."""
    for score, share, count in zip(found.scores, found.cracked, found.images, strict=True):
        low, high = wilson_interval(float(share), float(count), confidence)
        axes.plot([score, score], [low, high], color=BLUE, linewidth=3, alpha=0.25)


def _counts(axes: Axes, scores: np.ndarray) -> None:
    axes.hist(scores, bins=np.linspace(0, 1, 21).tolist(), color=BLUE, edgecolor=PALE)
    axes.set_xlim(-0.02, 1.02)
    style_axes(axes, grid="y")
    axes.tick_params(colors=INK)
    label(axes, "crack score (0 to 1)", "images")
