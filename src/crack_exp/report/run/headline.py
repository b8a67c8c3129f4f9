"""The key figures of a run."""

from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.painted import banner_of_images
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.doubts import doubts
from crack_exp.report.wording import about_intervals, percent, percent_between, sample

FIGURES = {
    "accuracy": "accuracy",
    "auroc": "AUROC, crack vs. intact",
    "recall_at_threshold": "crack recall at the threshold",
    "false_alarm_rate_at_threshold": "false alarm rate at the threshold",
}


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
    return Headline(text, figures, banner_of_images(report.is_painted), doubts(report))
