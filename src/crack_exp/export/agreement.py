"""How well an exported file agrees with the model, on images that it was not calibrated on."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crack_exp.config.deployed_schema import Tolerance
from crack_exp.data.image_io import read_image
from crack_exp.evaluation.predictions import crack_scores
from crack_exp.export.conversion import Forward
from crack_exp.export.images import readable
from crack_exp.model.card import ModelCard
from crack_exp.report.numbers import counted


@dataclass(frozen=True)
class Agreement:
    """largest_difference: of a probability; changed: decisions at the threshold that are not the model's.

    images_per_s: of the exported file, own_images_per_s: of the model in Keras; on this machine.
    """

    images: int
    largest_difference: float
    changed: int
    images_per_s: float
    own_images_per_s: float

    def why_refused(self, tolerance: Tolerance) -> str:
        """What is beyond the tolerance, "" where nothing is."""
        if not self.largest_difference <= tolerance.probability:  # NaN is refused as well
            return f"a probability differs by {self.largest_difference:.2g}, at most {tolerance.probability:g} may be"
        if self.changed > tolerance.changed * self.images:
            allowed = int(tolerance.changed * self.images)
            return f"{self.changed} of {counted(self.images, 'decision')} changed, at most {allowed} may"
        return ""


def compare(own: Forward, exported: Forward, files: Sequence[Path], card: ModelCard, batch_size: int) -> Agreement:
    """The exported file against the model on resized images, in full batches. Reads each file once."""
    own_timed, exported_timed = _Timed(own, batch_size), _Timed(exported, batch_size)
    pairs = ((own_timed(pixels), exported_timed(pixels)) for pixels in readable(files, card, batch_size))
    return _agreement(pairs, card, exported_timed, own_timed)


def compare_resizing(own: Forward, exported: Forward, files: Sequence[Path], card: ModelCard) -> Agreement:
    """The exported file, given whole images, against the model with images resized as in training; one by one."""
    own_timed, exported_timed = _Timed(own, 1), _Timed(exported, 1)

    def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for file in files:
            for pixels in readable([file], card, 1):
                whole = read_image(file, white_level=card.white_level)
                yield own_timed(pixels), exported_timed(whole[None])

    return _agreement(pairs(), card, exported_timed, own_timed)


def _agreement(
    pairs: Iterator[tuple[np.ndarray, np.ndarray]], card: ModelCard, exported: "_Timed", own: "_Timed"
) -> Agreement:
    images, changed, largest = 0, 0, 0.0
    for expected, found in pairs:
        images += len(expected)
        # NumPy's maximum keeps a NaN, Python's may lose it.
        largest = float(np.maximum(largest, np.abs(found - expected).max()))
        changed += int((_decisions(found, card) != _decisions(expected, card)).sum())
    return Agreement(images, largest, changed, exported.images_per_s, own.images_per_s)


def _decisions(probabilities: np.ndarray, card: ModelCard) -> np.ndarray:
    return crack_scores(probabilities, card.intact_indices) >= card.threshold


class _Timed:
    """Computes batches, filled up to one size, and measures the time; the first one, which prepares much, twice."""

    def __init__(self, forward: Forward, batch_size: int) -> None:
        self._forward, self._batch_size = forward, batch_size
        self._images, self._seconds = 0, 0.0

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        full = np.resize(pixels, (self._batch_size, *pixels.shape[1:]))
        if not self._images:
            self._forward(full)
        began = time.perf_counter()
        found = self._forward(full)
        self._seconds += time.perf_counter() - began
        self._images += len(full)
        return found[: len(pixels)]

    @property
    def images_per_s(self) -> float:
        return self._images / self._seconds if self._images else float("nan")
