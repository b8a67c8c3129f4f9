"""Training images of each class."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.report.numbers import counted
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import INK, new_figure, thumbnail, wrapped

Name = TypeVar("Name")


def samples_per_class(report: RunReport) -> Figure:
    """A row per class, with as many columns as the largest number of samples."""
    columns = max(len(names) for names in report.samples.values())
    subtitle = f"{counted(columns, 'training image')} of each class, evenly spaced in the list of names"
    rows = len(report.samples)
    figure = new_figure(1.6 + 1.35 * columns, 1.45 * rows, "Samples per class", subtitle)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, (class_name, names) in zip(grid, report.samples.items(), strict=True):
        for place in axes:
            place.axis("off")
        for place, name in zip(axes, names, strict=False):
            place.imshow(thumbnail(report.read_image(name)))
        _name_row(axes[0], class_name)
    return figure


def _name_row(axes: Axes, class_name: str) -> None:
    axes.annotate(
        wrapped(class_name, 16), (-0.12, 0.5), xycoords="axes fraction", size=10, color=INK, ha="right", va="center"
    )


def evenly(names: Sequence[Name], count: int) -> list[Name]:
    """`count` of `names` (or all) at equal distances in the list, because neighbours often show the same photo."""
    positions = np.linspace(0, len(names) - 1, min(count, len(names))).round().astype(int)
    return [names[position] for position in positions]
