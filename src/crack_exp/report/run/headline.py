"""The key figures of a run."""

from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.run.content import RunReport
from crack_exp.report.wording import about_intervals, percent, percent_between, sample

FIGURES = {
    "accuracy": "accuracy",
    "auroc": "AUROC, crack vs. intact",
    "recall_at_threshold": "crack recall at the threshold",
    "false_alarm_rate_at_threshold": "false alarm rate at the threshold",
}
GROUPS_UNKNOWN = (
    "It is not known which images show the same photo or wall. Such images may be in both training and test; then the "
    "results are biased upwards, and the intervals do not include this bias."
)


def headline(report: RunReport) -> Headline:
    """The key figures of a run, with the number of test images."""
    test = report.test
    known = {name: meaning for name, meaning in FIGURES.items() if name in test.scalars}
    figures = [
        KeyFigure(
            f"{percent(test.scalars[name])} %",
            f"{percent_between(test.intervals[name])} %" if name in test.intervals else "",
            meaning,
        )
        for name, meaning in known.items()
    ]
    text = f"Evaluated once, on {sample(test, 'test')}. In grey: {about_intervals(test)}."
    return Headline(text if report.groups_known else f"{text} {GROUPS_UNKNOWN}", figures)
