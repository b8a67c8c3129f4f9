"""Figures of an evaluation as text: with sample size and confidence interval."""

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.report.numbers import counted, figure_text, interval_text, is_share


def sample(evaluation: Evaluation, kind: str) -> str:
    """'1,008 test images from 5 groups'; groups are omitted where each is a single image."""
    images, groups = len(evaluation.predictions.labels), len(set(evaluation.predictions.groups))
    shown = counted(images, f"{kind} image")
    return shown if groups == images else f"{shown} from {counted(groups, 'group')}"


def about_intervals(evaluation: Evaluation) -> str:
    """What the intervals are, and why some or all figures have none."""
    if len(set(evaluation.predictions.groups)) == 1 < len(evaluation.predictions.groups):
        return "no intervals, since all these images are of one group: how much groups differ is unknown"
    meant = f"{100 * evaluation.confidence:g} % intervals, which account for groups of images"
    shares = {name for name in evaluation.scalars if is_share(name)}
    return meant if shares <= evaluation.intervals.keys() else f"{meant}; shares of images of one group have none"


def stated(evaluation: Evaluation, name: str) -> str:
    """'97.3 % (95 % interval 96.1 to 98.2 %)', '0.953 (95 % interval 0.921 to 0.974)'."""
    value = figure_text(name, evaluation.scalars[name])
    if name not in evaluation.intervals:
        return value
    return f"{value} ({100 * evaluation.confidence:g} % interval {interval_text(name, evaluation.intervals[name])})"
