"""What one more group of images, such as the next wall, will show, in words."""

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.next_group import NextGroup, next_group
from crack_exp.report.numbers import counted, percent

WILL_BE = {"recall": "crack recall will be at least", "false_alarm_rate": "the false alarm rate will be at most"}
WITH = {"recall": "with cracks", "false_alarm_rate": "with intact images"}


def about_next_group(test: Evaluation) -> list[str]:
    """A sentence for recall and one for false alarms, as far as the groups of `test` tell.

    'On one more group like these, crack recall will be at least 62.0 % (95 % confidence, from 20 groups with cracks).'
    """
    return [_sentence(name, bound, test.confidence) for name, bound in next_group(test).items()]


def _sentence(name: str, bound: NextGroup, asked: float) -> str:
    seen = f"{counted(bound.groups, 'group')} {WITH[name]}"
    if bound.groups < bound.needed:
        limit = f"the most that {seen} can give; {100 * asked:g} % takes {bound.needed:,}"
        sure = f"{100 * bound.confidence:.0f} % confidence, {limit}"
    else:
        sure = f"{100 * bound.confidence:g} % confidence, from {seen}"
    return f"On one more group like these, {WILL_BE[name]} {percent(bound.share)} % ({sure})."
