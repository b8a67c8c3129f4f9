"""Images on which runs disagree: some decide correctly between crack and intact, others do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.decisions import Decisions


@dataclass(frozen=True)
class SettingDecision:
    """What the runs of a setting say of an image: `crack` of `seeds` say crack, `correct` of them are right.

    crack_score: mean over the runs.
    """

    crack: int
    correct: int
    seeds: int
    crack_score: float


@dataclass(frozen=True)
class Disagreement:
    """An image, the index of which is `image`, with the decisions of each setting by its name."""

    image: int
    settings: Mapping[str, SettingDecision]


@dataclass(frozen=True)
class Agreement:
    """Of all images, how many all runs decide correctly, how many all decide wrongly, and each of the others."""

    all_correct: int
    all_wrong: int
    disputed: Sequence[Disagreement]


def agreement(settings: Mapping[str, Decisions]) -> Agreement:
    """How far the runs of `settings`, {name: decisions on the same images}, agree.

    The largest disagreement first: sorted by the variance between settings of the share of their runs that are
    correct, which is largest where all runs of half the settings are; then by the range of their mean crack scores.
    """
    correct = np.concatenate([one.correct for one in settings.values()])
    shares = np.array([one.correct.mean(axis=0) for one in settings.values()])
    scores = np.array([one.crack_score for one in settings.values()])
    disputed = np.flatnonzero(correct.any(axis=0) & ~correct.all(axis=0))
    order = np.lexsort((-np.ptp(scores, axis=0)[disputed], -shares.var(axis=0)[disputed].round(9)))
    return Agreement(
        all_correct=int(correct.all(axis=0).sum()),
        all_wrong=int((~correct.any(axis=0)).sum()),
        disputed=[
            Disagreement(int(index), {name: _of_setting(one, index) for name, one in settings.items()})
            for index in disputed[order]
        ],
    )


def _of_setting(decisions: Decisions, image: int) -> SettingDecision:
    return SettingDecision(
        crack=int(decisions.says_crack[:, image].sum()),
        correct=int(decisions.correct[:, image].sum()),
        seeds=len(decisions.says_crack),
        crack_score=float(decisions.crack_score[image]),
    )
