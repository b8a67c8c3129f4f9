"""The short table of results at the end of a run."""

from collections.abc import Mapping

from rich.table import Table

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.report.console import as_text, console_table
from crack_exp.report.next_group import about_next_group
from crack_exp.report.wording import about_intervals

COLUMNS = {
    "loss": "loss",
    "accuracy": "accuracy",
    "auroc": "AUROC",
    "macro_f1": "macro F1",
    "recall_at_threshold": "crack recall",
}
WITH_INTERVAL = {"accuracy", "auroc", "recall_at_threshold"}


def summary_text(stages: Mapping[str, Evaluation]) -> str:
    """The table of `summary_table` as text: 80 columns, no colour."""
    return as_text(summary_table(stages))


def summary_table(stages: Mapping[str, Evaluation]) -> Table:
    """One row per stage, in the given order; '-' for an unknown value.

    Accuracy, AUROC and crack recall have their interval below; more does not fit in 80 columns.
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
    value = f"{evaluation.scalars[metric]:.3f}"
    if metric not in WITH_INTERVAL & evaluation.intervals.keys():
        return value
    low, high = evaluation.intervals[metric]
    return f"{value}\n{low:.3f}-{high:.3f}"


def _caption(evaluation: Evaluation) -> str:
    lines = [f"Below the values: {about_intervals(evaluation)}."]
    if evaluation.threshold is not None:
        lines.append(f"Crack recall: at the chosen threshold, a crack score of {evaluation.threshold:.4g}.")
    return "\n".join(lines + about_next_group(evaluation))
