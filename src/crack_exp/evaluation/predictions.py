"""The predictions of a model for a set of images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

MAX_DIFFERENCE_OF_SUM = 0.01


def crack_scores(probabilities: np.ndarray, intact: Sequence[int]) -> np.ndarray:
    """(N,) in [0, 1], from probabilities (N, C): 1 minus the summed probability of the intact classes."""
    return 1.0 - probabilities[:, intact].sum(axis=1)


def are_probabilities(probabilities: np.ndarray) -> bool:
    """Whether each row of (N, C) has C probabilities: finite, in [0, 1], with a sum of 1 as far as 16 bits tell."""
    return bool(
        probabilities.ndim == 2
        and ((0 <= probabilities) & (probabilities <= 1)).all()
        and np.allclose(probabilities.sum(axis=1), 1, atol=MAX_DIFFERENCE_OF_SUM)
    )


@dataclass(frozen=True)
class Predictions:
    """Labels and probabilities of N images over C classes.

    names, groups: (N,) strings; labels: (N,) class indices; probabilities: (N, C) float, rows sum to 1;
    intact: indices of the classes that mean "no crack"; surfaces: (N,) what each image shows ("wall"), None where
    unknown.
    """

    names: list[str]
    groups: list[str]
    labels: np.ndarray
    probabilities: np.ndarray
    class_names: list[str]
    intact: frozenset[int]
    surfaces: list[str] | None = None

    def where(self, chosen: np.ndarray) -> "Predictions":
        """The predictions of the images where `chosen` (N,) bool is true."""
        indices = np.flatnonzero(chosen)
        return replace(
            self,
            names=[self.names[index] for index in indices],
            groups=[self.groups[index] for index in indices],
            labels=self.labels[indices],
            probabilities=self.probabilities[indices],
            surfaces=self.surfaces and [self.surfaces[index] for index in indices],
        )

    @property
    def predicted(self) -> np.ndarray:
        """(N,) the most probable class of each image."""
        return self.probabilities.argmax(axis=1)

    @property
    def crack_score(self) -> np.ndarray:
        """(N,) in [0, 1]: 1 minus the summed probability of the intact classes."""
        return crack_scores(self.probabilities, sorted(self.intact))

    def is_alarm(self, threshold: float) -> np.ndarray:
        """(N,) bool: the crack score is at least `threshold`, so the image is predicted as crack."""
        return self.crack_score >= threshold

    @property
    def is_crack(self) -> np.ndarray:
        """(N,) bool: the true label is not an intact class."""
        return ~np.isin(self.labels, sorted(self.intact))
