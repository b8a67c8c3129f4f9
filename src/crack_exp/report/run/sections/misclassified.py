"""What the model gets wrong: numbers say how often, images say where."""

import numpy as np

from crack_exp.report.run.report import RunReport
from crack_exp.report.section import Section, Text, Thumbnail, Thumbnails
from crack_exp.report.style import thumbnail
from crack_exp.report.wording import counted, percent

MOST_SHOWN = 60


def mistakes(report: RunReport) -> Section:
    """The mistakes on test images, those the model was surest of first."""
    predictions = report.test.predictions
    surest = np.argsort(-predictions.probabilities.max(axis=1), kind="stable")
    wrong = [int(index) for index in surest if predictions.predicted[index] != predictions.labels[index]]
    images = counted(len(predictions.labels), "test image")
    if not wrong:
        return Section("What it gets wrong", [Text(f"None of {images}.")])
    shown = f"; the {MOST_SHOWN} that it was surest of" if len(wrong) > MOST_SHOWN else ", surest first"
    said = f"{counted(len(wrong), 'mistake')} among {images}{shown}. A label can be wrong, too."
    return Section(
        "What it gets wrong", [Text(said), Thumbnails([_shown(report, index) for index in wrong[:MOST_SHOWN]])]
    )


def _shown(report: RunReport, index: int) -> Thumbnail:
    predictions = report.test.predictions
    label, said = (predictions.class_names[which[index]] for which in (predictions.labels, predictions.predicted))
    sure = percent(float(predictions.probabilities[index].max()))
    name = predictions.names[index]
    return Thumbnail(
        thumbnail(report.read_image(name)),
        [f"label: {label}", f"model: {said}, {sure}\N{NO-BREAK SPACE}%", name],
        is_right=False,
    )
