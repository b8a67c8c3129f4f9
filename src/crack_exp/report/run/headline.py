"""The key figures of a run."""

from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.numbers import figure_text, interval_text
from crack_exp.report.painted import banner_of_images
from crack_exp.report.promise import promise
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.doubts import doubts
from crack_exp.report.wording import about_intervals, sample

FIGURES = {
    "recall_at_threshold": "cracks found (recall)",
    "false_alarm_rate_at_threshold": "false alarms on intact images",
    "precision_at_threshold": "alarms that are cracks (precision)",
    "auroc": "AUROC, crack vs. intact",
}
OF_CLASSES = {"accuracy": "most probable class is right (accuracy)"}
"""Of more than two classes."""


def figures_of(report: RunReport) -> dict[str, str]:
    """{metric: meaning} of the key figures that the test images have."""
    test = report.test
    wanted = FIGURES | (OF_CLASSES if len(test.predictions.class_names) > 2 else {})
    return {name: meaning for name, meaning in wanted.items() if name in test.scalars}


def headline(report: RunReport) -> Headline:
    """The key figures of a run, the number of test images, and what the threshold promises."""
    test = report.test
    figures = [
        KeyFigure(
            figure_text(name, test.scalars[name]),
            interval_text(name, test.intervals[name]) if name in test.intervals else "",
            meaning,
        )
        for name, meaning in figures_of(report).items()
    ]
    promised = promise(report.point, images_known_alone=not report.groups_known)
    text = f"Evaluated once, on {sample(test, 'test')}. In grey: {about_intervals(test)}. {promised}"
    return Headline(text, figures, banner_of_images(report.is_painted), doubts(report))
