"""Number of images of each class and split."""

import numpy as np
from matplotlib.figure import Figure

from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, INK, SKY, YELLOW, add_legend, label, new_figure, style_axes, wrapped

SPLIT_COLOURS = (BLUE, SKY, YELLOW)


def class_counts(report: RunReport) -> Figure:
    """Stacked bars with counts: a row per class, a colour per split."""
    class_names = report.test.predictions.class_names
    counts = _counts(report, class_names)
    figure = new_figure(8.5, 0.9 + 0.5 * len(class_names), *_header(report, counts))
    axes = figure.subplots()
    rows = np.arange(len(class_names))
    for split, count, start, colour in zip(
        report.class_counts, counts, counts.cumsum(axis=0) - counts, SPLIT_COLOURS, strict=True
    ):
        axes.barh(rows, count, left=start, height=0.62, color=colour, label=split)
    for row, per_split in enumerate(counts.T):
        written = " + ".join(f"{count:,}" for count in per_split)
        end, total = (per_split.sum(), row), f"{per_split.sum():,}  =  {written}"
        axes.annotate(total, end, (6, 0), textcoords="offset points", va="center", size=9, color=INK)
    axes.set_yticks(rows, [wrapped(name, 24) for name in class_names])
    axes.set_ylim(len(class_names) - 0.5, -0.5)
    axes.set_xlim(0, counts.sum(axis=0).max() * 1.45)
    style_axes(axes, grid="x")
    label(axes, "images", "")
    add_legend(figure, axes)
    return figure


def _counts(report: RunReport, class_names: list[str]) -> np.ndarray:
    """(3, C) images of each split and class."""
    splits = report.class_counts.values()
    return np.array([[counts.get(name, 0) for name in class_names] for counts in splits])


def _header(report: RunReport, counts: np.ndarray) -> tuple[str, str]:
    title = f"Data: {counts.sum():,} images of {counts.shape[1]} classes"
    of_splits = zip(report.class_counts, counts.sum(axis=1), strict=True)
    return title, ", ".join(f"{split} {total:,}" for split, total in of_splits)
