"""A gallery of test images: the errors first."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, INK, ORANGE, new_figure, shortened, thumbnail
from crack_exp.report.wording import as_percent, counted, percent, sample

COLUMNS, ROWS = 5, 3
MAX_ERRORS = 10
MAX_NAME_CHARACTERS = 20


def gallery(report: RunReport) -> Figure:
    """The errors with the highest predicted probability, then the correct predictions with the lowest."""
    predictions = report.test.predictions
    shown = choose_images(predictions, COLUMNS * ROWS, MAX_ERRORS)
    errors = int((predictions.predicted != predictions.labels).sum())
    rows = -(-len(shown) // COLUMNS)
    figure = new_figure(
        width_in=10,
        height_in=2.65 * rows,
        title=f"Gallery: {counted(errors, 'error')} on {sample(report.test, 'test')}",
        subtitle=_subtitle(report, predictions, shown),
    )
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, index in zip(grid.flat, shown, strict=False):
        _show(axes, report.read_image(predictions.names[index]), predictions, index)
    return figure


def choose_images(predictions: Predictions, images: int, max_errors: int) -> list[int]:
    """Indices of errors, the highest probability first, then of correct predictions, the lowest probability first.

    If there are too few errors, more correct predictions are chosen, and vice versa.
    """
    order = np.argsort(-predictions.probabilities.max(axis=1), kind="stable")
    is_wrong = predictions.predicted != predictions.labels
    wrong = [int(index) for index in order if is_wrong[index]]
    correct = [int(index) for index in order[::-1] if not is_wrong[index]]
    wrong = wrong[: max(max_errors, images - len(correct))]
    return wrong + correct[: images - len(wrong)]


def _subtitle(report: RunReport, predictions: Predictions, shown: list[int]) -> str:
    wrong = sum(int(predictions.predicted[index] != predictions.labels[index]) for index in shown)
    first = counted(wrong, "error") + " with the highest probability"
    then = counted(len(shown) - wrong, "correct prediction") + " with the lowest"
    kinds = [first] * (wrong > 0) + [then] * (wrong < len(shown))
    return f"Accuracy {as_percent(report.test, 'accuracy')}. Shown: {', '.join(kinds)}"


def _show(axes: Axes, image: np.ndarray, predictions: Predictions, index: int) -> None:
    is_wrong = predictions.predicted[index] != predictions.labels[index]
    colour, mark = (ORANGE, "✗ wrong") if is_wrong else (BLUE, "✓ correct")
    axes.imshow(thumbnail(image))
    axes.axis("on")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(color=colour, linewidth=3)
    axes.set_title(mark, size=10, color=colour, weight="bold", loc="left", pad=5)
    axes.set_xlabel(_caption(predictions, index), size=8.5, color=INK, loc="left")


def _caption(predictions: Predictions, index: int) -> str:
    truth, predicted = (predictions.class_names[which[index]] for which in (predictions.labels, predictions.predicted))
    probability = predictions.probabilities[index].max()
    label, prediction = (shortened(name, MAX_NAME_CHARACTERS) for name in (truth, predicted))
    return f"label: {label}\npredicted: {prediction}\nprobability {percent(probability)} %"
