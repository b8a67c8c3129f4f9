"""The result of a paired test in words."""

from crack_exp.evaluation.paired_tests import Difference
from crack_exp.evaluation.pairwise import LOWER_IS_BETTER, SMALLEST_DIFFERENCE, Pair
from crack_exp.evaluation.power import POWER, Detectable
from crack_exp.evaluation.sign_flips import least_groups
from crack_exp.evaluation.standard_error import StandardError
from crack_exp.report.numbers import difference_text


def conclusion(pair: Pair, metric: str, confidence: float, pairs: int) -> str:
    """The result of the test in words; pairs: how many were tested."""
    if pair.refused:
        return pair.refused
    if metric not in pair.differences:
        return f"cannot be tested: too few groups of test images for {metric}"
    difference = pair.differences[metric]
    if pair.p >= 1 - confidence:
        return _not_significant(difference, (1 - confidence) / max(pairs, 1))
    is_better = (difference.value > 0) != (metric in LOWER_IS_BETTER)
    return f"{pair.second} is significantly {'better' if is_better else 'worse'}{_models(pair)}"


def _models(pair: Pair) -> str:
    """Which models are compared; empty where settings are compared."""
    if pair.compares_settings:
        return ""
    return f" (model of seed {pair.seeds[0]})" if pair.seeds else " (one model each)"


def _not_significant(difference: Difference, significance: float) -> str:
    error = difference.standard_error
    if not error.is_known and (error.groups < 2 or abs(difference.value) > SMALLEST_DIFFERENCE):
        why = "all test images belong to one group" if error.groups < 2 else "its standard error is zero"
        return f"the difference cannot be tested: {why}"
    flips = difference.flips
    if flips and len(flips.excess) < (least := least_groups(significance)):
        return f"no difference can be significant in {error.groups} {error.units}: it takes at least {least}"
    if flips and flips.smallest_p >= significance and difference.value:
        where = "on too few images" if error.units == "test images" else f"in too few {error.units}"
        verdict = f"the models differ {where} for a significant result"
    else:
        verdict = "no significant difference"
    detectable = difference.detectable(significance)
    return f"{verdict}; {_in_words(detectable, difference.metric, error)}" if detectable else verdict


def _in_words(detectable: Detectable, metric: str, error: StandardError) -> str:
    """What such a comparison can find."""
    room = difference_text(metric, detectable.room).removeprefix("+")
    if detectable.groups_needed:
        return (
            f"in {error.groups} {error.units}, nearly all would have to agree: to rely on finding a gain, take "
            f"{detectable.groups_needed} or more"
        )
    if detectable.gain is None:
        return (
            f"a perfect model would gain {room}, and that would be found with "
            f"{100 * detectable.power_at_room:.0f} % probability; more {error.limited_by} raise it"
        )
    gain = difference_text(metric, detectable.gain).removeprefix("+")
    return (
        f"smallest detectable gain: {gain} ({100 * POWER:.0f} % power) of {room} that a perfect model would gain; "
        f"more {error.limited_by} lower it"
    )
