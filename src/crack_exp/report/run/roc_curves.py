"""ROC and precision-recall curves of the crack score."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.report.numbers import percent, threshold_text, with_interval
from crack_exp.report.run.content import RunReport
from crack_exp.report.style import BLUE, GREY, INK, ORANGE, label, new_figure, style_axes
from crack_exp.report.wording import sample

DASHES = (0, (4, 3))


def roc_and_precision_recall(report: RunReport) -> Figure:
    """ROC and precision-recall curve of crack vs. intact, with the chosen threshold."""
    test = report.test
    cracks = int(test.predictions.is_crack.sum())
    intact = len(test.predictions.labels) - cracks
    composition = f"{sample(test, 'test')}: {cracks:,} cracked, {intact:,} intact"
    if not test.curves:
        return _no_curve(composition)
    figure = new_figure(
        width_in=10,
        height_in=5.2,
        title=f"Crack vs. intact: AUROC {_with_interval(test, 'auroc')}",
        subtitle=f"{composition}. In brackets: {100 * test.confidence:g} % interval",
    )
    left, right = figure.subplots(1, 2)
    _draw_roc(left, test)
    _draw_precision_recall(right, test, crack_share=cracks / (cracks + intact))
    _explain_threshold(figure, test)
    return figure


def _draw_roc(axes: Axes, test: Evaluation) -> None:
    false_alarm_rate, recall = test.curves["roc"]
    axes.plot(false_alarm_rate, recall, color=BLUE, linewidth=2.2)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.2, linestyle=DASHES)
    _note(axes, 0.72, 0.72, "chance", below=True)
    alarms, found = (test.scalars[f"{name}_at_threshold"] for name in ("false_alarm_rate", "recall"))
    axes.plot(alarms, found, "o", color=ORANGE, markersize=9)
    _frame(axes, "ROC")
    label(axes, "false alarm rate: share of intact images predicted as crack", "recall: share of cracks found")


def _draw_precision_recall(axes: Axes, test: Evaluation, crack_share: float) -> None:
    recall, precision = test.curves["precision_recall"]
    axes.plot(recall, precision, color=BLUE, linewidth=2.2, drawstyle="steps-post")
    axes.axhline(crack_share, color=GREY, linewidth=1.2, linestyle=DASHES)
    _note(axes, 0.02, crack_share, "chance", below=crack_share > 0.5)
    if "precision_at_threshold" in test.scalars:
        found, correct = (test.scalars[f"{name}_at_threshold"] for name in ("recall", "precision"))
        axes.plot(found, correct, "o", color=ORANGE, markersize=9)
    _frame(axes, f"Average precision {_with_interval(test, 'average_precision')}")
    label(axes, "recall: share of cracks found", "precision: share of images predicted as crack that are cracks")


def _explain_threshold(figure: Figure, test: Evaluation) -> None:
    """Explain the dots, below the curves."""
    assert test.threshold is not None
    found, alarms = (test.scalars[f"{name}_at_threshold"] for name in ("recall", "false_alarm_rate"))
    meaning = f"recall {percent(found)} %, false alarm rate {percent(alarms)} %"
    figure.supxlabel(f"●  chosen threshold {threshold_text(test.threshold)}: {meaning}", size=10.5, color=ORANGE)


def _with_interval(test: Evaluation, metric: str) -> str:
    return with_interval(metric, test.scalars[metric], test.intervals.get(metric))


def _note(axes: Axes, x: float, y: float, text: str, below: bool) -> None:
    offset, alignment = ((4, -4), "top") if below else ((4, 4), "bottom")
    axes.annotate(text, (x, y), offset, textcoords="offset points", size=9, color=GREY, va=alignment)


def _frame(axes: Axes, title: str) -> None:
    axes.set_title(title, size=11, loc="left", color=INK)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    style_axes(axes, grid="both")


def _no_curve(composition: str) -> Figure:
    figure = new_figure(10, 0.6, "Crack vs. intact: no curve", composition)
    figure.text(0.012, 0.2, "A ROC curve needs cracked as well as intact images.", size=11, color=INK)
    return figure
