"""All plots of a run.

To add one, write a function `(RunReport) -> Figure`, which returns None where it does not apply, and add it to PLOTS.
"""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from crack_exp.report.painted import banner_of_images, footer_below
from crack_exp.report.pictures import write_pngs
from crack_exp.report.run.augmentation import augmentation
from crack_exp.report.run.class_counts import class_counts
from crack_exp.report.run.confusion import confusion_matrix
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.decisions import decisions
from crack_exp.report.run.gallery import gallery
from crack_exp.report.run.learning_curves import learning_curves
from crack_exp.report.run.reliability import reliability
from crack_exp.report.run.roc_curves import roc_and_precision_recall
from crack_exp.report.run.samples import samples_per_class
from crack_exp.report.run.stages import stages
from crack_exp.system.best_effort import BestEffort

PLOTS: dict[str, Callable[[RunReport], Figure | None]] = {
    "samples_per_class": samples_per_class,
    "augmentation": augmentation,
    "class_counts": class_counts,
    "learning_curves": learning_curves,
    "stages": stages,
    "decisions": decisions,
    "confusion_matrix": confusion_matrix,
    "roc_and_precision_recall": roc_and_precision_recall,
    "reliability": reliability,
    "gallery": gallery,
}


def write_plots(report: RunReport, folder: Path, effort: BestEffort) -> list[Path]:
    """Write those of PLOTS that apply to the run into `folder` as NAME.png; returns their paths in order."""
    folder.mkdir(parents=True, exist_ok=True)
    return list(write_pngs(PLOTS, report, folder, effort, footer_below(banner_of_images(report.is_painted))).values())
