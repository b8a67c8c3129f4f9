"""The scale of scores beside crack maps."""

import numpy as np
from matplotlib.figure import Figure

from crack_exp.report.numbers import threshold_text
from crack_exp.report.style import DPI, INK
from crack_exp.report.survey.pictures import MOST_OPAQUE, SHADES

SCALE = "scale"
GREY_OF_CONCRETE = 0.62


def score_scale(threshold: float) -> Figure:
    """The colours of crack scores from 0 to 1 over grey concrete, and the threshold."""
    scores = np.linspace(0, 1, 256)[None]
    opacity = MOST_OPAQUE * scores[..., None]
    colours = GREY_OF_CONCRETE * (1 - opacity) + SHADES(scores)[..., :3] * opacity
    figure = Figure(figsize=(5, 0.9), dpi=DPI, facecolor="white", layout="constrained")
    axes = figure.subplots()
    axes.imshow(colours, aspect="auto", extent=(0, 1, 0, 1))
    axes.axvline(threshold, color=INK, linewidth=2)
    axes.annotate(
        f"threshold {threshold_text(threshold)}",
        (threshold, 1),
        xytext=(0, 3),
        textcoords="offset points",
        size=10,
        color=INK,
        ha="left" if threshold < 0.5 else "right",
    )
    axes.set_yticks([])
    axes.set_xlabel("crack score", size=10, color=INK)
    axes.tick_params(colors=INK, labelsize=9)
    return figure
