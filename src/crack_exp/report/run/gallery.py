"""A gallery of test images: missed cracks first, then false alarms."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.ranked_decisions import RankedDecisions
from crack_exp.report.numbers import counted, decimal, threshold_text
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, INK, ORANGE, new_figure, shortened, thumbnail
from crack_exp.report.wording import sample

COLUMNS, ROWS = 5, 3
MAX_ERRORS = 10
MAX_NAME_CHARACTERS = 20


@dataclass(frozen=True)
class Kind:
    """How the images of one kind of decision are marked."""

    mark: str
    is_error: bool


KINDS = {
    "missed": Kind("✗ missed crack", is_error=True),
    "false_alarms": Kind("✗ false alarm", is_error=True),
    "found": Kind("✓ crack found", is_error=False),
    "passed": Kind("✓ no alarm", is_error=False),
}
"""By the field of `RankedDecisions`."""


def gallery(report: RunReport) -> Figure:
    """Missed cracks, false alarms, and the correct decisions that were closest to the threshold."""
    test = report.test
    assert test.threshold is not None
    shown = choose_images(test.decisions, COLUMNS * ROWS, MAX_ERRORS)
    rows = -(-len(shown) // COLUMNS)
    missed, alarms = (len(indices) for indices in (test.decisions.missed, test.decisions.false_alarms))
    figure = new_figure(
        width_in=10,
        height_in=2.65 * rows,
        title=f"Gallery: {counted(missed, 'missed crack')}, {counted(alarms, 'false alarm')}",
        subtitle=f"{sample(test, 'test')}. Crack: a crack score of at least {threshold_text(test.threshold)}. "
        "Errors first, then the correct ones closest to it",
    )
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, (index, kind) in zip(grid.flat, shown, strict=False):
        _show(axes, report.read_image(test.predictions.names[index]), test.predictions, index, KINDS[kind])
    return figure


def choose_images(decisions: RankedDecisions, images: int, max_errors: int) -> list[tuple[int, str]]:
    """(index, field of `RankedDecisions`): missed cracks and false alarms in turn, then correct decisions in turn.

    The errors that the model is surest of come first, and the correct decisions that it is least sure of. If there are
    too few errors, more correct decisions are chosen, and vice versa.
    """
    wrong = _in_turn({"missed": decisions.missed, "false_alarms": decisions.false_alarms})
    correct = _in_turn({"found": decisions.found[::-1], "passed": decisions.passed[::-1]})
    errors = wrong[: max(max_errors, images - len(correct))]
    # Grouped again: all missed cracks stand together, before the false alarms.
    chosen = errors + correct[: images - len(errors)]
    return [(index, kind) for kind in KINDS for index, of in chosen if of == kind]


def _in_turn(kinds: dict[str, np.ndarray]) -> list[tuple[int, str]]:
    """One of each kind after the other, for as long as there are some."""
    places = [(place, int(index), kind) for kind, indices in kinds.items() for place, index in enumerate(indices)]
    return [(index, kind) for _, index, kind in sorted(places, key=lambda one: one[0])]


def _show(axes: Axes, image: np.ndarray, predictions: Predictions, index: int, kind: Kind) -> None:
    colour = ORANGE if kind.is_error else BLUE
    axes.imshow(thumbnail(image))
    axes.axis("on")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set(color=colour, linewidth=3)
    axes.set_title(kind.mark, size=10, color=colour, weight="bold", loc="left", pad=5)
    axes.set_xlabel("\n".join(caption(predictions, index, MAX_NAME_CHARACTERS)), size=8.5, color=INK, loc="left")


def caption(predictions: Predictions, index: int, characters: int) -> list[str]:
    """Label and crack score; of several classes of cracks, the most probable class as well."""
    label, predicted = (predictions.class_names[which[index]] for which in (predictions.labels, predictions.predicted))
    lines = [f"label: {shortened(label, characters)}", f"crack score {decimal(float(predictions.crack_score[index]))}"]
    return lines if len(predictions.class_names) == 2 else [*lines, f"class: {shortened(predicted, characters)}"]
