"""Pairs of settings, tested together: what each difference counts for among so many."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from crack_exp.evaluation.paired_tests import (
    FEWEST_SEEDS,
    Difference,
    check_same_images,
    compare_models,
    compare_settings,
    holm_corrected,
)
from crack_exp.evaluation.predictions import Predictions
from crack_exp.system.errors import UserError

LOWER_IS_BETTER = {"loss"}
LEAST_DIFFERENCE = 1e-12
Seeds = Mapping[str, Predictions]


@dataclass(frozen=True)
class Pair:
    """The second setting against the first.

    differences: by metric, second minus first; empty where the two were not judged on the same images, which
    `refused` says. seeds: those that both have; fewer than FEWEST_SEEDS, and it is models that are compared.
    p: of the metric in question, corrected for all pairs that were tested.
    """

    first: str
    second: str
    seeds: list[str]
    differences: Mapping[str, Difference]
    p: float = 1.0
    refused: str = ""

    @property
    def of_settings(self) -> bool:
        return len(self.seeds) >= FEWEST_SEEDS


def compare_pairs(contenders: Mapping[str, Seeds], metric: str, *, resamples: int, seed: int) -> list[Pair]:
    """Every pair of `contenders`, {name: {seed: predictions}}; those that can be tested are tested by `metric`."""
    pairs = [_pair(first, second, contenders, resamples, seed) for first, second in combinations(contenders, 2)]
    tested = [pair for pair in pairs if metric in pair.differences]
    ps = dict(zip(map(id, tested), holm_corrected([pair.differences[metric].p for pair in tested]), strict=True))
    return [Pair(**(vars(pair) | {"p": ps.get(id(pair), 1.0)})) for pair in pairs]


def verdict(pair: Pair, metric: str, confidence: float, pairs: int) -> str:
    """In words; pairs: how many were tested."""
    if pair.refused:
        return pair.refused
    if metric not in pair.differences:
        return f"these images cannot tell {metric}"
    difference, who = pair.differences[metric], "setting" if pair.of_settings else "model"
    which = "" if pair.of_settings or not pair.seeds else f" (seed {pair.seeds[0]})"
    if pair.p < 1 - confidence:
        better = (difference.value > 0) != (metric in LOWER_IS_BETTER)
        return f"{pair.second} is the {'better' if better else 'worse'} {who}{which}"
    return _undecided(difference, who, (1 - confidence) / max(pairs, 1))


def _undecided(difference: Difference, who: str, significance: float) -> str:
    if not difference.luck.is_known and abs(difference.value) > LEAST_DIFFERENCE:
        why = "all test images are of one group" if difference.luck.groups < 2 else "nothing varied"
        return f"this difference cannot be told from luck: {why}"
    if difference.floor >= significance and difference.value:
        return f"too few {difference.luck.units} divide the {who}s to tell them apart"
    none = f"no difference between the {who}s could be detected"
    detectable = difference.detectable(significance)
    if detectable is None:
        return none
    return f"{none}; one of {detectable:.2g} would have been, a smaller one with more {difference.luck.more}"


def _pair(first: str, second: str, contenders: Mapping[str, Seeds], resamples: int, seed: int) -> Pair:
    one, other = contenders[first], contenders[second]
    shared = [key for key in one if key in other]
    # Without a seed in common, the first model of each.
    keys = [(key, key) for key in shared] or [(next(iter(one)), next(iter(other)))]
    firsts, seconds = [one[key] for key, _ in keys], [other[key] for _, key in keys]
    try:
        check_same_images([*firsts, *seconds])
    except UserError as error:
        return Pair(first, second, shared, {}, refused=str(error))
    if len(shared) >= FEWEST_SEEDS:
        return Pair(first, second, shared, compare_settings(firsts, seconds, resamples=resamples, seed=seed))
    return Pair(first, second, shared, compare_models(firsts[0], seconds[0], resamples=resamples, seed=seed))
