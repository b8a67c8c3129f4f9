"""Paired tests of all pairs of settings, corrected for the number of pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.paired_tests import (
    MIN_SEEDS,
    Difference,
    check_same_images,
    compare_models,
    compare_settings,
    holm_corrected,
)
from crack_exp.evaluation.power import POWER, Detectable
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.sign_flips import least_groups
from crack_exp.evaluation.standard_error import StandardError
from crack_exp.system.errors import UserError

LOWER_IS_BETTER = {"loss"}
SMALLEST_DIFFERENCE = 1e-12
Seeds = Mapping[str, Predictions]


@dataclass(frozen=True)
class Pair:
    """A comparison of two settings by name: second against first.

    differences: by metric, second minus first; empty where the two were not evaluated on the same images, for the
    reason in `refused`. seeds: those that both have; with fewer than MIN_SEEDS, two models are compared.
    p: p value of the compared metric, corrected for all tested pairs.
    """

    first: str
    second: str
    seeds: list[str]
    differences: Mapping[str, Difference]
    p: float = 1.0
    refused: str = ""

    @property
    def compares_settings(self) -> bool:
        return len(self.seeds) >= MIN_SEEDS


def compare_pairs(settings: Mapping[str, Seeds], metric: str, bootstrap: Bootstrap) -> list[Pair]:
    """Every pair of `settings`, {name: {seed: predictions}}, tested by `metric` where possible."""
    pairs = [_pair(first, second, settings, bootstrap) for first, second in combinations(settings, 2)]
    tested = [pair for pair in pairs if metric in pair.differences]
    ps = dict(zip(map(id, tested), holm_corrected([pair.differences[metric].p for pair in tested]), strict=True))
    return [Pair(**(vars(pair) | {"p": ps.get(id(pair), 1.0)})) for pair in pairs]


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
    return f"{verdict}; {_in_words(detectable, error)}" if detectable else verdict


def _in_words(detectable: Detectable, error: StandardError) -> str:
    """What such a comparison can find."""
    if detectable.groups_needed:
        return (
            f"in {error.groups} {error.units}, nearly all would have to agree: to rely on finding a gain, take "
            f"{detectable.groups_needed} or more"
        )
    if detectable.gain is None:
        return (
            f"a perfect model would gain {detectable.room:.2g}, and that would be found with "
            f"{100 * detectable.power_at_room:.0f} % probability; more {error.limited_by} raise it"
        )
    return (
        f"smallest detectable gain: {detectable.gain:.2g} ({100 * POWER:.0f} % power) of {detectable.room:.2g} that a "
        f"perfect model would gain; more {error.limited_by} lower it"
    )


def _pair(first: str, second: str, settings: Mapping[str, Seeds], bootstrap: Bootstrap) -> Pair:
    one, other = settings[first], settings[second]
    shared = [key for key in one if key in other]
    # Without a shared seed, the first model of each.
    keys = [(key, key) for key in shared] or [(next(iter(one)), next(iter(other)))]
    firsts, seconds = [one[key] for key, _ in keys], [other[key] for _, key in keys]
    try:
        check_same_images([*firsts, *seconds])
    except UserError as error:
        return Pair(first, second, shared, {}, refused=str(error))
    if len(shared) >= MIN_SEEDS:
        return Pair(first, second, shared, compare_settings(firsts, seconds, bootstrap))
    return Pair(first, second, shared, compare_models(firsts[0], seconds[0], bootstrap))
