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
from crack_exp.evaluation.predictions import Predictions
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
