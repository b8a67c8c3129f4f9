"""What one more group of images, such as the next wall, will show, in words."""

import math
from collections.abc import Sequence

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.next_group import NextGroup, next_group
from crack_exp.report.numbers import counted, percent

MEANS = {"recall": "a crack recall of at least", "false_alarm_rate": "a false alarm rate of at most"}
WITH = {"recall": " with cracks", "false_alarm_rate": " with intact images"}


def about_next_group(test: Evaluation) -> list[str]:
    """What to expect of recall and of false alarms, as far as the groups of `test` tell: one sentence if of the same.

    'One more photo or wall like these will have a crack recall of at least 62.0 % and a false alarm rate of at most
    31.0 %, each with 95 % confidence, from 20 groups.'
    """
    bounds = list(next_group(test).items())
    if len({bound.groups for _, bound in bounds}) == 1:
        return [_sentence(bounds, test.confidence)]
    return [_sentence([one], test.confidence) for one in bounds]


def _sentence(bounds: Sequence[tuple[str, NextGroup]], asked: float) -> str:
    shares = " and ".join(f"{MEANS[name]} {percent(bound.share)} %" for name, bound in bounds)
    (name, bound), each = bounds[0], "each " if len(bounds) > 1 else ""
    seen = counted(bound.groups, "group") + ("" if len(bounds) > 1 else WITH[name])
    sure = f"{each}with {_whole_percent(bound.confidence)} % confidence"
    limit = f", the most that so few can give ({100 * asked:g} % takes {bound.needed:,})"
    return (
        f"One more photo or wall like these will have {shares}, {sure}, from {seen}"
        f"{limit if bound.groups < bound.needed else ''}."
    )


def _whole_percent(confidence: float) -> str:
    """Rounded down: 8 of 9 is 88, not 89. A confidence that a person set is written as it is."""
    percents = 100 * confidence
    return f"{percents:g}" if len(f"{percents:g}") <= 4 else f"{math.floor(percents)}"
