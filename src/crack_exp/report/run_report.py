"""What the pictures of a run are drawn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crack_exp.evaluation.evaluate import Evaluation


class EpochRow(Protocol):
    """One epoch, numbered from 1 through both phases. Losses are in nats, accuracies in [0, 1]."""

    @property
    def epoch(self) -> int: ...
    @property
    def phase(self) -> str: ...
    @property
    def train_loss(self) -> float: ...
    @property
    def val_loss(self) -> float: ...
    @property
    def train_accuracy(self) -> float: ...
    @property
    def val_accuracy(self) -> float: ...


@dataclass(frozen=True)
class RunReport:
    """All that a plot may show.

    class_counts: {split: {class: images}}, in the order of reading.
    samples:      {class: names of training images to show}.
    stages:       {"before training": ..., "after the head": ...}, all on validation, in order of time.
    test:         the verdict on the test images.
    read_image:   name of a sample or test image -> (H, W, 3) uint8.
    """

    class_counts: Mapping[str, Mapping[str, int]]
    samples: Mapping[str, Sequence[str]]
    history: Sequence[EpochRow]
    stages: Mapping[str, Evaluation]
    test: Evaluation
    read_image: Callable[[str], np.ndarray]
