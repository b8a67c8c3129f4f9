"""How training went."""

import math
from collections.abc import Sequence

from crack_exp.report.run.report import RunReport
from crack_exp.report.section import Picture, Section, Table, Text
from crack_exp.training.history import EpochRecord

TITLES = {"head": "head", "fine_tune": "fine-tuning"}


def training(report: RunReport) -> Section:
    """Curves through both phases, and what each took."""
    if not report.history:
        return Section("Training", [Text("Nothing was trained: the model judged as it came.")])
    phases = {row.phase: [one for one in report.history if one.phase == row.phase] for row in report.history}
    images = sum(report.class_counts["train"].values())
    rows = [_row(TITLES.get(name, name), epochs, images) for name, epochs in phases.items()]
    columns = ["phase", "epochs", "seconds", "images/s", f"lowest validation {report.loss}", "learning rate"]
    says = "Accuracy and loss of training and validation images over the epochs."
    note = "Seconds and images/s include the validation images after each epoch, but not the frozen layers run before."
    return Section("Training", [Picture("learning_curves", says), Table(columns, rows, note=note)])


def _row(name: str, epochs: Sequence[EpochRecord], images: int) -> tuple[str, ...]:
    seconds = sum(row.seconds for row in epochs)
    best = min(epochs, key=lambda row: row.val_loss if math.isfinite(row.val_loss) else math.inf)
    rate = len(epochs) * images / max(seconds, 1e-9)
    lowest = f"{best.val_loss:.4f} (epoch {best.epoch})"
    return name, str(len(epochs)), f"{seconds:,.0f}", f"{rate:,.0f}", lowest, f"{epochs[-1].learning_rate:g}"
