"""Decisions of crack or intact at the threshold, by the runs of one setting: what matrices and disagreements count."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.predictions import Predictions


@dataclass(frozen=True)
class Decisions:
    """Decisions of S runs on the same N images.

    says_crack: (S, N) bool; is_crack: (N,) bool, by the labels; crack_score: (N,) in [0, 1], the mean over the runs.
    """

    says_crack: np.ndarray
    is_crack: np.ndarray
    crack_score: np.ndarray

    @property
    def correct(self) -> np.ndarray:
        """(S, N) bool."""
        return np.asarray(self.says_crack == self.is_crack)

    @property
    def confusion(self) -> np.ndarray:
        """(2, 2) images [label, decision], each crack before intact; the mean over the runs."""
        kinds = (self.is_crack, ~self.is_crack)
        return np.array([[(says & kind).sum(axis=1).mean() for says in self._answers] for kind in kinds])

    @property
    def divided(self) -> int:
        """The number of images on which some runs are right and others are wrong."""
        return int((self.correct.any(axis=0) & ~self.correct.all(axis=0)).sum())

    @property
    def _answers(self) -> tuple[np.ndarray, np.ndarray]:
        return self.says_crack, ~self.says_crack


def decide(runs: Sequence[Predictions], thresholds: Sequence[float]) -> Decisions:
    """The decisions of `runs` on the same images: crack where the crack score is at least the threshold of the run."""
    says_crack = np.array([run.is_alarm(threshold) for run, threshold in zip(runs, thresholds, strict=True)])
    return Decisions(says_crack, runs[0].is_crack, np.mean([run.crack_score for run in runs], axis=0))
