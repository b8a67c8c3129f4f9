"""The result of a comparison in a few words: the best setting, and how the others stand to it on the test images."""

from collections.abc import Sequence
from enum import Enum

from crack_exp.evaluation.pairwise import LOWER_IS_BETTER, SMALLEST_DIFFERENCE
from crack_exp.report.comparison.content import FEW, ComparedSetting, Ranking
from crack_exp.report.comparison.tables import title_of
from crack_exp.report.numbers import counted

MAX_SHOWN = 8
"""Of many settings: those that stand in tables and plots."""

MAX_LISTED = 12
"""Labels in a sentence; more are counted."""


class Standing(Enum):
    """Of a setting against the best one."""

    BETTER = "significantly better than {best}"
    LIKE_BEST = "not significantly different from {best}"
    WORSE = "significantly worse than {best}"
    UNTESTED = "not tested against {best}"

    def against(self, best: ComparedSetting) -> str:
        return self.value.format(best=best.label)


def standing(ranking: Ranking, one: ComparedSetting) -> Standing:
    """How another setting than the best stands to it."""
    pair = ranking.pair_of(ranking.best.label, one.label)
    if (difference := pair.differences.get(ranking.metric)) is None:
        return Standing.UNTESTED
    error = difference.standard_error
    if not error.is_known and (error.groups < 2 or abs(difference.value) > SMALLEST_DIFFERENCE):
        return Standing.UNTESTED
    if pair.p >= 1 - ranking.confidence:
        return Standing.LIKE_BEST
    second_is_better = (difference.value > 0) != (ranking.metric in LOWER_IS_BETTER)
    return Standing.BETTER if second_is_better == (pair.second == one.label) else Standing.WORSE


def verdict(ranking: Ranking) -> str:
    """'Best on validation: A. By AUROC on test, B is not significantly different from A; C is significantly worse.'"""
    others = {kind: [one.label for one in ranking.ranked[1:] if standing(ranking, one) is kind] for kind in Standing}
    said = [f"{_listed(labels)} {kind.against(ranking.best)}" for kind, labels in others.items() if labels]
    on = "validation" if ranking.by_validation else "test"
    return f"Best on {on}: {ranking.best.label}. By {title_of(ranking.metric)} on test, {'; '.join(said)}."


def shown(ranking: Ranking) -> Sequence[ComparedSetting]:
    """All of a few settings; of many, the best and the first of those that are not worse."""
    if len(ranking.ranked) <= FEW:
        return ranking.ranked
    best, *others = ranking.ranked
    return [best, *(one for one in others if standing(ranking, one) is not Standing.WORSE)][:MAX_SHOWN]


def folded_away(ranking: Ranking) -> Sequence[ComparedSetting]:
    """The others."""
    kept = {one.label for one in shown(ranking)}
    return [one for one in ranking.ranked if one.label not in kept]


def about_test_images(ranking: Ranking) -> str:
    """'153 test images from 4 groups: 76 cracked, 77 intact'."""
    groups = "" if ranking.groups == ranking.images else f" from {counted(ranking.groups, 'group')}"
    intact = ranking.images - ranking.cracks
    return f"{counted(ranking.images, 'test image')}{groups}: {ranking.cracks:,} cracked, {intact:,} intact"


def _listed(labels: Sequence[str]) -> str:
    """'B is', 'B and C are', '27 settings are'."""
    if len(labels) > MAX_LISTED:
        return f"{len(labels):,} settings are"
    *first, last = labels
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"
