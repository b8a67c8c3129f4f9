"""What the model is worth."""

from crack_exp.evaluation.evaluate import Evaluation, class_key
from crack_exp.report.run.report import RunReport
from crack_exp.report.section import Part, Picture, Section, Table
from crack_exp.report.wording import percent, percent_between, sample

STAGES = {
    "accuracy": "accuracy (%)",
    "auroc": "AUROC (%)",
    "macro_f1": "macro F1 (%)",
    "recall_at_threshold": "cracks found (%)",
    "false_alarm_rate_at_threshold": "false alarms (%)",
}
NOTHING = "–"


def verdict(report: RunReport) -> Section:
    """Before, between and after; on test as a whole, by class and by surface."""
    parts: list[Part] = [_stages(report)]
    parts += [Picture("confusion_matrix", "Which classes were taken for which."), _classes(report.test)]
    parts += [_surfaces(report)] if report.surfaces else []
    parts += [Picture("roc_and_precision_recall", "ROC curve, and precision over recall, of crack against intact.")]
    return Section("The verdict", parts)


def _stages(report: RunReport) -> Table:
    rows = [(f"{name} (validation)", stage) for name, stage in report.stages.items()]
    rows += [(f"test: {sample(report.test, 'test')}", report.test)]
    note = f"In brackets: {100 * report.test.confidence:g} % interval; images of one group count together."
    if report.test.threshold is not None:
        note += f" The threshold that validation chose is a crack score of {report.test.threshold:.4g}."
    return Table(["", *STAGES.values()], [_row(name, judged) for name, judged in rows], note=note)


def _surfaces(report: RunReport) -> Table:
    rows = [(f"{name}: {sample(judged, 'test')}", judged) for name, judged in report.surfaces.items()]
    return Table(["test images by surface", *STAGES.values()], [_row(name, judged) for name, judged in rows])


def _row(name: str, evaluation: Evaluation) -> tuple[str, ...]:
    return name, *(_cell(evaluation, metric) for metric in STAGES)


def _classes(test: Evaluation) -> Table:
    rows = []
    for score in test.per_class:
        keys = [class_key(metric, score.name) for metric in ("recall", "precision", "f1")]
        rows.append((score.name, f"{score.support:,}", *(_cell(test, key) for key in keys)))
    return Table(["class", "test images", "recall (%)", "precision (%)", "F1 (%)"], rows)


def _cell(evaluation: Evaluation, metric: str) -> str:
    """'97.3 (96.1 to 98.2)'."""
    if metric not in evaluation.scalars:
        return NOTHING
    value, interval = percent(evaluation.scalars[metric]), evaluation.intervals.get(metric)
    return f"{value} ({percent_between(interval)})" if interval else value
