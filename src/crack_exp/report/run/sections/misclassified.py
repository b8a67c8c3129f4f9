"""The errors on the test images: missed cracks, false alarms, and, of several classes, other classes than the label."""

from collections.abc import Callable

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.numbers import counted, percent
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.gallery import caption
from crack_exp.report.section import Part, Section, Text, Thumbnail, Thumbnails
from crack_exp.report.style import thumbnail

MAX_SHOWN = 60
MAX_NAME_CHARACTERS = 60

Noun = tuple[str, str]
"""Of one, and of several."""
MISSED: Noun = ("missed crack", "missed cracks")
FALSE_ALARM: Noun = ("false alarm", "false alarms")
OTHER_CLASS: Noun = (
    "image whose most probable class is not its label",
    "images whose most probable class is not their label",
)

Caption = Callable[[Predictions, int, int], list[str]]


def misclassified(report: RunReport) -> Section:
    """Missed cracks, then false alarms, at the threshold; then images whose most probable class is another one."""
    decisions, predictions = report.test.decisions, report.test.predictions
    parts = [
        *_group(report, decisions.missed, MISSED, "lowest crack score first", caption),
        *_group(report, decisions.false_alarms, FALSE_ALARM, "highest crack score first", caption),
    ]
    if len(predictions.class_names) > 2:
        order = np.argsort(-predictions.probabilities.max(axis=1), kind="stable")
        wrong = order[predictions.predicted[order] != predictions.labels[order]]
        parts += _group(report, wrong, OTHER_CLASS, "highest probability first", class_caption)
    return Section("Errors", parts)


def class_caption(predictions: Predictions, index: int, characters: int) -> list[str]:
    """Label, and the most probable class."""
    label, predicted = (predictions.class_names[which[index]] for which in (predictions.labels, predictions.predicted))
    probability = percent(float(predictions.probabilities[index].max()))
    return [f"label: {label}", f"most probable: {predicted}, {probability}\N{NO-BREAK SPACE}%"]


def _group(report: RunReport, indices: np.ndarray, noun: Noun, order: str, describe: Caption) -> list[Part]:
    one, several = noun
    images = counted(len(report.test.predictions.labels), "test image")
    if not len(indices):
        return [Text(f"No {one} in {images}.")]
    first = f"; the first {MAX_SHOWN} are shown" if len(indices) > MAX_SHOWN else ""
    found = f"{len(indices):,} {one if len(indices) == 1 else several}"
    text = Text(f"{found} in {images}, {order}{first}. Some labels may be wrong.")
    return [text, Thumbnails([_shown(report, int(index), describe) for index in indices[:MAX_SHOWN]])]


def _shown(report: RunReport, index: int, describe: Caption) -> Thumbnail:
    predictions = report.test.predictions
    name = predictions.names[index]
    lines = [*describe(predictions, index, MAX_NAME_CHARACTERS), name]
    return Thumbnail(thumbnail(report.read_image(name)), lines, is_correct=False)
