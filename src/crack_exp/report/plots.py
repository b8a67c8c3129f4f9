"""All pictures of a run.

To add one, write a function `(RunReport) -> Figure` and give it a line in PLOTS.
"""

import io
from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from crack_exp.report.class_counts import class_counts
from crack_exp.report.confusion import confusion_matrix
from crack_exp.report.gallery import gallery
from crack_exp.report.learning_curves import learning_curves
from crack_exp.report.ranking import roc_and_precision_recall
from crack_exp.report.run_report import RunReport
from crack_exp.report.samples import samples_per_class
from crack_exp.report.stages import stages

PALETTE_COLOURS = 128

PLOTS: dict[str, Callable[[RunReport], Figure]] = {
    "samples_per_class": samples_per_class,
    "class_counts": class_counts,
    "learning_curves": learning_curves,
    "stages": stages,
    "confusion_matrix": confusion_matrix,
    "roc_and_precision_recall": roc_and_precision_recall,
    "gallery": gallery,
}


def write_plots(report: RunReport, folder: Path) -> list[Path]:
    """Draw every plot of PLOTS into `folder`, made where missing, as NAME.png; their paths, in that order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.png" for name in PLOTS]
    for path, draw in zip(paths, PLOTS.values(), strict=True):
        write_png(draw(report), path)
    return paths


def write_png(figure: Figure, path: Path) -> None:
    """Save with a palette of 128 colours: a third of the size, and no difference that one sees."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(PALETTE_COLOURS).save(path, optimize=True)
