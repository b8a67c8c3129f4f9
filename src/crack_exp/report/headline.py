"""The verdict in four figures."""

from dataclasses import dataclass

from crack_exp.report.run.report import RunReport
from crack_exp.report.wording import percent, percent_between, sample

FIGURES = {
    "accuracy": "accuracy over the classes",
    "auroc": "AUROC, crack against intact",
    "recall_at_threshold": "of the cracks found",
    "false_alarm_rate_at_threshold": "of intact images called cracked",
}
GROUPS_UNKNOWN = (
    "Nothing tells which images show one photo or wall. If some do, they may lie in training and test, and the figures "
    "flatter by more than the intervals say."
)


@dataclass(frozen=True)
class Figure:
    """'97.3 %', '96.1 to 98.2 %', 'accuracy over the classes'."""

    value: str
    interval: str
    means: str


@dataclass(frozen=True)
class Headline:
    says: str
    figures: list[Figure]


def headline(report: RunReport) -> Headline:
    """What stands on top of the page."""
    test = report.test
    known = {name: means for name, means in FIGURES.items() if name in test.scalars}
    figures = [
        Figure(
            f"{percent(test.scalars[name])} %",
            f"{percent_between(test.intervals[name])} %" if name in test.intervals else "",
            means,
        )
        for name, means in known.items()
    ]
    says = f"Judged once, on {sample(test, 'test')}. In grey: {100 * test.confidence:g} % intervals."
    return Headline(says if report.groups_known else f"{says} {GROUPS_UNKNOWN}", figures)
