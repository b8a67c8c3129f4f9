"""The misclassified test images."""

import numpy as np

from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Section, Text, Thumbnail, Thumbnails
from crack_exp.report.style import thumbnail
from crack_exp.report.wording import counted, percent

MAX_SHOWN = 60


def misclassified(report: RunReport) -> Section:
    """The misclassified test images, the highest predicted probability first."""
    predictions = report.test.predictions
    order = np.argsort(-predictions.probabilities.max(axis=1), kind="stable")
    wrong = [int(index) for index in order if predictions.predicted[index] != predictions.labels[index]]
    images = counted(len(predictions.labels), "test image")
    if not wrong:
        return Section("Errors", [Text(f"None of {images} is misclassified.")])
    shown = f"the {MAX_SHOWN} with the highest probability" if len(wrong) > MAX_SHOWN else "highest probability first"
    text = f"{counted(len(wrong), 'error')} on {images}; {shown}. Some labels may be wrong."
    return Section("Errors", [Text(text), Thumbnails([_shown(report, index) for index in wrong[:MAX_SHOWN]])])


def _shown(report: RunReport, index: int) -> Thumbnail:
    predictions = report.test.predictions
    label, predicted = (predictions.class_names[which[index]] for which in (predictions.labels, predictions.predicted))
    probability = percent(float(predictions.probabilities[index].max()))
    name = predictions.names[index]
    return Thumbnail(
        thumbnail(report.read_image(name)),
        [f"label: {label}", f"predicted: {predicted}, {probability}\N{NO-BREAK SPACE}%", name],
        is_correct=False,
    )
