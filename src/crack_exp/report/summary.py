"""The short table of results at the end of a run."""

from collections.abc import Mapping

from rich.table import Table

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.report.console import as_text, console_table
from crack_exp.report.next_group import about_next_group
from crack_exp.report.numbers import figure_text, interval_text, threshold_text
from crack_exp.report.wording import about_intervals

COLUMNS = {
    "recall_at_threshold": "cracks found",
    "false_alarm_rate_at_threshold": "false alarms",
    "auroc": "AUROC",
    "accuracy": "accuracy",
    "loss": "loss",
}
WITH_INTERVAL = {"recall_at_threshold", "false_alarm_rate_at_threshold", "auroc", "accuracy"}


def summary_text(stages: Mapping[str, Evaluation]) -> str:
    """The table of `summary_table` as text: 80 columns, no colour."""
    return as_text(summary_table(stages))


def summary_table(stages: Mapping[str, Evaluation]) -> Table:
    """One row per stage, in the given order; '-' for an unknown value.

    All but the loss have their interval below; more does not fit in 80 columns.
    """
    last = list(stages.values())[-1]
    table = console_table(_caption(last))
    table.add_column("", no_wrap=True)
    for heading in COLUMNS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for name, evaluation in stages.items():
        images = f"{len(evaluation.predictions.labels):,} images"
        table.add_row(f"{name}\n{images}", *(_cell(evaluation, metric) for metric in COLUMNS))
    return table


def _cell(evaluation: Evaluation, metric: str) -> str:
    if metric not in evaluation.scalars:
        return "-"
    value = figure_text(metric, evaluation.scalars[metric])
    if metric not in WITH_INTERVAL & evaluation.intervals.keys():
        return value
    low, high = interval_text(metric, evaluation.intervals[metric]).removesuffix(" %").split(" to ")
    return f"{value}\n{low}-{high}"


def _caption(evaluation: Evaluation) -> str:
    lines = [f"Below the values: {about_intervals(evaluation)}."]
    if evaluation.threshold is not None:
        threshold = threshold_text(evaluation.threshold)
        lines.append(f"Cracks found, false alarms: from a crack score of {threshold} on, the threshold.")
    lines.append("Accuracy: of the most probable class, not of the decision at the threshold.")
    return "\n".join(lines + about_next_group(evaluation))
