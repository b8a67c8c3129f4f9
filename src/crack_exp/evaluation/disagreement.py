"""Images that some settings are right about and others wrong: where a choice between them shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.paired_tests import check_same_images
from crack_exp.evaluation.predictions import Predictions


@dataclass(frozen=True)
class Answer:
    """What a setting said of an image: the class that most of its seeds named.

    agreeing: how many of `seeds` named it; probability: the mean over all of them that they gave it.
    """

    said: str
    agreeing: int
    seeds: int
    probability: float
    is_right: bool


@dataclass(frozen=True)
class Disagreement:
    """An image, and what each setting said of it."""

    name: str
    label: str
    answers: Mapping[str, Answer]


def disagreements(settings: Mapping[str, Sequence[Predictions]]) -> list[Disagreement]:
    """Images that some of `settings`, {name: predictions of each seed}, are right about and others not.

    The most divided first: by the variance between settings of the share of seeds that are right, which is largest
    where half of them are right with every seed; then by how far apart their mean probabilities of the label are.
    Raises UserError where not all were judged on the same images.
    """
    check_same_images([one for seeds in settings.values() for one in seeds])
    some = next(iter(settings.values()))[0]
    tallies = {name: _tally(seeds) for name, seeds in settings.items()}
    right = np.array([tally.said == some.labels for tally in tallies.values()])
    divided = np.flatnonzero(right.any(axis=0) & ~right.all(axis=0))
    images = np.arange(len(some.labels))
    shares = np.array([tally.votes[images, some.labels] / tally.seeds for tally in tallies.values()])
    sure = np.array([tally.mean[images, some.labels] for tally in tallies.values()])
    order = np.lexsort((-np.ptp(sure, axis=0)[divided], -shares.var(axis=0)[divided].round(9)))
    return [
        Disagreement(
            some.names[index],
            some.class_names[some.labels[index]],
            {name: tally.answer(index, some) for name, tally in tallies.items()},
        )
        for index in divided[order]
    ]


def divided_seeds(seeds: Sequence[Predictions]) -> int:
    """How many images some seeds of one setting are right about and others wrong: what luck alone does."""
    right = np.array([one.predicted == one.labels for one in seeds])
    return int((right.any(axis=0) & ~right.all(axis=0)).sum())


@dataclass(frozen=True)
class _Tally:
    """votes: (N, C) seeds that named a class; mean: (N, C) probability over seeds."""

    seeds: int
    votes: np.ndarray
    mean: np.ndarray

    @property
    def said(self) -> np.ndarray:
        """(N,) the class with most votes; of several, the one with the higher mean probability."""
        return (self.votes + 0.5 * self.mean).argmax(axis=1)

    def answer(self, index: int, images: Predictions) -> Answer:
        said = int(self.said[index])
        return Answer(
            said=images.class_names[said],
            agreeing=int(self.votes[index, said]),
            seeds=self.seeds,
            probability=float(self.mean[index, said]),
            is_right=said == images.labels[index],
        )


def _tally(seeds: Sequence[Predictions]) -> _Tally:
    classes = np.arange(len(seeds[0].class_names))
    votes = np.sum([one.predicted[:, None] == classes for one in seeds], axis=0)
    return _Tally(len(seeds), votes, np.mean([one.probabilities for one in seeds], axis=0))
