"""The verdict in four figures."""

from dataclasses import dataclass

from crack_exp.report.run_report import RunReport
from crack_exp.report.wording import percent, percent_between, sample

FIGURES = {
    "accuracy": "accuracy over the classes",
    "auroc": "AUROC, crack against intact",
    "recall_at_threshold": "of the cracks found",
    "false_alarm_rate_at_threshold": "of intact images called cracked",
}


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
    images, confidence = sample(test, "test"), f"{100 * test.confidence:g} %"
    return Headline(f"Judged once, on {images} never seen before. In grey: {confidence} intervals.", figures)
