"""Images on which settings disagree: some settings classify them correctly, others do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.paired_tests import check_same_images
from crack_exp.evaluation.predictions import Predictions


@dataclass(frozen=True)
class MajorityPrediction:
    """The class that most seeds of a setting predict for an image.

    votes: how many of `seeds` predict it; probability: its mean over all seeds.
    """

    class_name: str
    votes: int
    seeds: int
    probability: float
    is_correct: bool


@dataclass(frozen=True)
class Disagreement:
    """An image with the prediction of each setting, by name."""

    name: str
    label: str
    predictions: Mapping[str, MajorityPrediction]


def disagreements(settings: Mapping[str, Sequence[Predictions]]) -> list[Disagreement]:
    """Images that some of `settings`, {name: predictions of each seed}, classify correctly and others do not.

    The largest disagreement first: sorted by the variance between settings of the share of seeds that are correct,
    which is largest where all seeds of half the settings are correct; then by the range of the settings' mean
    probabilities of the label.
    Raises UserError where not all were evaluated on the same images.
    """
    check_same_images([one for seeds in settings.values() for one in seeds])
    images = next(iter(settings.values()))[0]
    votes = {name: _count_votes(seeds) for name, seeds in settings.items()}
    correct = np.array([of_setting.majority == images.labels for of_setting in votes.values()])
    disputed = np.flatnonzero(correct.any(axis=0) & ~correct.all(axis=0))
    everywhere = np.arange(len(images.labels))
    shares = np.array([one.votes[everywhere, images.labels] / one.seeds for one in votes.values()])
    probabilities = np.array([one.mean[everywhere, images.labels] for one in votes.values()])
    order = np.lexsort((-np.ptp(probabilities, axis=0)[disputed], -shares.var(axis=0)[disputed].round(9)))
    return [
        Disagreement(
            images.names[index],
            images.class_names[images.labels[index]],
            {name: of_setting.prediction(index, images) for name, of_setting in votes.items()},
        )
        for index in disputed[order]
    ]


def seed_disagreements(seeds: Sequence[Predictions]) -> int:
    """The number of images that some seeds of one setting classify correctly and others do not."""
    correct = np.array([one.predicted == one.labels for one in seeds])
    return int((correct.any(axis=0) & ~correct.all(axis=0)).sum())


@dataclass(frozen=True)
class _Votes:
    """votes: (N, C) number of seeds that predict a class; mean: (N, C) mean probability over seeds."""

    seeds: int
    votes: np.ndarray
    mean: np.ndarray

    @property
    def majority(self) -> np.ndarray:
        """(N,) the class with most votes; in a tie, the one with the higher mean probability."""
        return (self.votes + 0.5 * self.mean).argmax(axis=1)

    def prediction(self, index: int, images: Predictions) -> MajorityPrediction:
        predicted = int(self.majority[index])
        return MajorityPrediction(
            class_name=images.class_names[predicted],
            votes=int(self.votes[index, predicted]),
            seeds=self.seeds,
            probability=float(self.mean[index, predicted]),
            is_correct=predicted == images.labels[index],
        )


def _count_votes(seeds: Sequence[Predictions]) -> _Votes:
    classes = np.arange(len(seeds[0].class_names))
    votes = np.sum([one.predicted[:, None] == classes for one in seeds], axis=0)
    return _Votes(len(seeds), votes, np.mean([one.probabilities for one in seeds], axis=0))
