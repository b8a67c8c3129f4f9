"""Numbers as text: with sample size and confidence interval."""

from crack_exp.evaluation.evaluate import Evaluation

SMALLEST_SHOWN = 0.0001


def sample(evaluation: Evaluation, kind: str) -> str:
    """'1,008 test images from 5 groups'; groups are omitted where each is a single image."""
    images, groups = len(evaluation.predictions.labels), len(set(evaluation.predictions.groups))
    shown = counted(images, f"{kind} image")
    return shown if groups == images else f"{shown} from {counted(groups, 'group')}"


def about_intervals(evaluation: Evaluation) -> str:
    """What the intervals are, or why there are none."""
    if len(set(evaluation.predictions.groups)) == 1 < len(evaluation.predictions.groups):
        return "no intervals, since all these images are of one group: how much groups differ is unknown"
    return f"{100 * evaluation.confidence:g} % intervals, which account for groups of images"


def as_percent(evaluation: Evaluation, name: str) -> str:
    """'97.3 % (95 % interval 96.1 to 98.2 %)'."""
    value = f"{percent(evaluation.scalars[name])} %"
    if name not in evaluation.intervals:
        return value
    low, high = evaluation.intervals[name]
    return f"{value} ({100 * evaluation.confidence:g} % interval {percent_between((low, high))} %)"


def as_decimal(evaluation: Evaluation, name: str) -> str:
    """'0.953 (0.921 to 0.974)'."""
    value = f"{evaluation.scalars[name]:.3f}"
    if name not in evaluation.intervals:
        return value
    low, high = evaluation.intervals[name]
    return f"{value} ({low:.3f} to {high:.3f})"


def percent(share: float) -> str:
    """'97.3', but '99.98' and '0.02': values near 0 or 1 keep more digits. '0.0' and '100.0' are exact."""
    if 0 < share < SMALLEST_SHOWN:
        return f"<{100 * SMALLEST_SHOWN:g}"
    if 1 - SMALLEST_SHOWN < share < 1:
        return f">{100 * (1 - SMALLEST_SHOWN):g}"
    return f"{100 * share:.{2 if 0.99 <= share < 1 or 0 < share <= 0.01 else 1}f}"


def percent_between(interval: tuple[float, float]) -> str:
    """'96.1 to 98.2'."""
    return f"{percent(interval[0])} to {percent(interval[1])}"


def counted(count: int, noun: str) -> str:
    """'1 error', '1,008 errors'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
