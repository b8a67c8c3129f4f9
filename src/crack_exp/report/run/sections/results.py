"""The results on validation and test images."""

from crack_exp.evaluation.evaluate import Evaluation, class_key
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Part, Picture, Section, Table
from crack_exp.report.wording import about_intervals, percent, percent_between, sample

STAGES = {
    "accuracy": "accuracy (%)",
    "auroc": "AUROC (%)",
    "macro_f1": "macro F1 (%)",
    "recall_at_threshold": "crack recall (%)",
    "false_alarm_rate_at_threshold": "false alarm rate (%)",
}
UNKNOWN = "–"


def results(report: RunReport) -> Section:
    """Results of each stage on validation; results on test in total, by class and by surface."""
    parts: list[Part] = [_stages(report)]
    parts += [Picture("confusion_matrix", "Confusion matrix of the test images."), _classes(report.test)]
    parts += [_surfaces(report)] if report.surfaces else []
    parts += [Picture("roc_and_precision_recall", "ROC curve and precision-recall curve of crack vs. intact.")]
    return Section("Results", parts)


def _stages(report: RunReport) -> Table:
    rows = [(f"{name} (validation)", stage) for name, stage in report.stages.items()]
    rows += [(f"test: {sample(report.test, 'test')}", report.test)]
    note = f"In brackets: {about_intervals(report.test)}."
    if report.test.threshold is not None:
        note += f" The threshold, chosen on validation images, is a crack score of {report.test.threshold:.4g}."
    return Table(["", *STAGES.values()], [_row(name, evaluation) for name, evaluation in rows], note=note)


def _surfaces(report: RunReport) -> Table:
    rows = [(f"{name}: {sample(evaluation, 'test')}", evaluation) for name, evaluation in report.surfaces.items()]
    return Table(["test images by surface", *STAGES.values()], [_row(name, evaluation) for name, evaluation in rows])


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
        return UNKNOWN
    value, interval = percent(evaluation.scalars[metric]), evaluation.intervals.get(metric)
    return f"{value} ({percent_between(interval)})" if interval else value
