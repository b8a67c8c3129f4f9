"""Test images to look at, mistakes first: numbers say how often a model errs, images say where."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.run.report import RunReport
from crack_exp.report.style import BLUE, INK, ORANGE, new_figure, shortened, thumbnail
from crack_exp.report.wording import as_percent, counted, percent, sample

COLUMNS, ROWS = 5, 3
MOST_MISTAKES = 10
LONGEST_NAME = 20


def gallery(report: RunReport) -> Figure:
    """The surest mistakes, then the right answers that the model was least sure of."""
    predictions = report.test.predictions
    shown = choose_images(predictions, COLUMNS * ROWS, MOST_MISTAKES)
    mistakes = int((predictions.predicted != predictions.labels).sum())
    rows = -(-len(shown) // COLUMNS)
    figure = new_figure(
        width_in=10,
        height_in=2.65 * rows,
        title=f"Gallery: {counted(mistakes, 'mistake')} among {sample(report.test, 'test')}",
        subtitle=_subtitle(report, predictions, shown),
    )
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, index in zip(grid.flat, shown, strict=False):
        _show(axes, report.read_image(predictions.names[index]), predictions, index)
    return figure


def choose_images(predictions: Predictions, images: int, most_mistakes: int) -> list[int]:
    """Indices: the mistakes the model was surest of, then the right answers it was least sure of.

    Right answers fill what mistakes leave free, and the other way round.
    """
    confidence = predictions.probabilities.max(axis=1)
    is_wrong = predictions.predicted != predictions.labels
    surest_first = np.argsort(-confidence, kind="stable")
    wrong = [int(index) for index in surest_first if is_wrong[index]]
    right = [int(index) for index in surest_first[::-1] if not is_wrong[index]]
    wrong = wrong[: max(most_mistakes, images - len(right))]
    return wrong + right[: images - len(wrong)]


def _subtitle(report: RunReport, predictions: Predictions, shown: list[int]) -> str:
    wrong = sum(int(predictions.predicted[index] != predictions.labels[index]) for index in shown)
    first = counted(wrong, "mistake") + " it was surest of"
    then = counted(len(shown) - wrong, "right answer") + " it was least sure of"
    kinds = [first] * (wrong > 0) + [then] * (wrong < len(shown))
    return f"Model's accuracy {as_percent(report.test, 'accuracy')}. Shown: {', then '.join(kinds)}"


def _show(axes: Axes, image: np.ndarray, predictions: Predictions, index: int) -> None:
    is_wrong = predictions.predicted[index] != predictions.labels[index]
    colour, verdict = (ORANGE, "✗ wrong") if is_wrong else (BLUE, "✓ right")
    axes.imshow(thumbnail(image))
    axes.axis("on")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(color=colour, linewidth=3)
    axes.set_title(verdict, size=10, color=colour, weight="bold", loc="left", pad=5)
    axes.set_xlabel(_caption(predictions, index), size=8.5, color=INK, loc="left", parse_math=False)


def _caption(predictions: Predictions, index: int) -> str:
    truth, said = (predictions.class_names[which[index]] for which in (predictions.labels, predictions.predicted))
    probability = predictions.probabilities[index].max()
    label, answer = f"label: {shortened(truth, LONGEST_NAME)}", f"model: {shortened(said, LONGEST_NAME)}"
    return f"{label}\n{answer}\nprobability {percent(probability)} %"
