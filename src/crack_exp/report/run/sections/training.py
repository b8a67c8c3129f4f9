"""The training: learning curves and phases."""

import math
from collections.abc import Sequence

from crack_exp.report.numbers import figure_text, in_full
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Picture, Section, Table, Text
from crack_exp.training.history import EpochRecord

TITLES = {"head": "head", "fine_tune": "fine-tuning"}


def training(report: RunReport) -> Section:
    """Learning curves of both phases, and the cost of each phase."""
    if not report.history:
        return Section("Training", [Text("The model was not trained in this run.")])
    phases = {row.phase: [one for one in report.history if one.phase == row.phase] for row in report.history}
    images = sum(report.class_counts["train"].values())
    rows = [_row(TITLES.get(name, name), epochs, images) for name, epochs in phases.items()]
    columns = ["phase", "epochs", "seconds", "images/s", f"lowest validation {report.loss}", "learning rate"]
    alt = "Accuracy and loss of training and validation images over the epochs."
    note = "Seconds and images/s include validation after each epoch, but not the features of the frozen layers."
    return Section("Training", [Picture("learning_curves", alt), Table(columns, rows, note=note)])


def _row(name: str, epochs: Sequence[EpochRecord], images: int) -> tuple[str, ...]:
    seconds = sum(row.seconds for row in epochs)
    best = min(epochs, key=lambda row: row.val_loss if math.isfinite(row.val_loss) else math.inf)
    rate = len(epochs) * images / max(seconds, 1e-9)
    lowest = f"{figure_text('loss', best.val_loss)} (epoch {best.epoch})"
    rate_at_end = in_full(float(f"{epochs[-1].learning_rate:.4g}"))  # schedules and 32 bits give many digits
    return name, str(len(epochs)), f"{seconds:,.0f}", f"{rate:,.0f}", lowest, rate_at_end
