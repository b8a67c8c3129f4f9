"""The results on validation and test images."""

from crack_exp.evaluation.evaluate import Evaluation, class_key
from crack_exp.report.numbers import percent, threshold_text, with_interval
from crack_exp.report.promise import promise, rule
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Part, Picture, Section, Table, Text
from crack_exp.report.wording import about_intervals, sample

STAGES = {
    "recall_at_threshold": "cracks found (recall)",
    "false_alarm_rate_at_threshold": "false alarms",
    "auroc": "AUROC",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "loss": "cross-entropy (nats)",
}
UNKNOWN = "–"
MOST_PROBABLE = (
    "Accuracy and F1 count each image for its most probable class. That is not the decision of crack or no crack, "
    "which is at the threshold."
)


def results(report: RunReport) -> Section:
    """The decisions on the test images; results of each stage on validation and on test, by class and by surface."""
    parts: list[Part] = [Picture("decisions", "Cracks found and missed, false alarms and intact images without one.")]
    parts += [_threshold(report), _stages(report)]
    parts += [_surfaces(report)] if report.surfaces else []
    parts += [Picture("roc_and_precision_recall", "ROC curve and precision-recall curve of crack vs. intact.")]
    parts += [Picture("confusion_matrix", "Confusion matrix of the most probable classes of the test images.")]
    return Section("Results", [*parts, _classes(report.test)])


def _threshold(report: RunReport) -> Text:
    point = report.point
    alarms = (
        ""
        if point.false_alarm_rate is None
        else (f" {percent(point.false_alarm_rate)} % of the intact validation images are false alarms then.")
    )
    return Text(
        f"An image is predicted as crack from a crack score of {threshold_text(point.threshold)} on. Chosen on "
        f"validation images ({rule(point)}).{alarms} {promise(point, images_known_alone=not report.groups_known)}"
    )


def _stages(report: RunReport) -> Table:
    rows = [(f"{name} (validation)", stage) for name, stage in report.stages.items()]
    rows += [(f"test: {sample(report.test, 'test')}", report.test)]
    note = f"In brackets: {about_intervals(report.test)}. {MOST_PROBABLE}"
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
    return Table(["most probable class", "test images", "recall", "precision", "F1"], rows)


def _cell(evaluation: Evaluation, metric: str) -> str:
    """'97.3 % (96.1 to 98.2 %)', '0.973 (0.961 to 0.982)'."""
    if metric not in evaluation.scalars:
        return UNKNOWN
    return with_interval(metric, evaluation.scalars[metric], evaluation.intervals.get(metric))
