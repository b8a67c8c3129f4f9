"""The data of the plots and the page of a run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.operating_point import OperatingPoint
from crack_exp.evaluation.predictions import Predictions
from crack_exp.training.history import EpochRecord


@dataclass(frozen=True)
class Setting:
    """One value of the configuration and its default, "" where the default has no such setting."""

    key: str
    value: str
    default: str


@dataclass(frozen=True)
class RunReport:
    """The data of a run that plots and pages can show.

    title:        of the page.
    is_painted:   whether all images are paintings of this program.
    settings:     every value of the configuration; command: the shell command that repeats the run.
    environment:  code, machine and versions, by name.
    audit:        findings of the check of all files, a sentence each.
    layers:       a row per layer: name, kind, output_shape, parameters, trainable_PHASE.
    class_counts: {split: {class: images}}, in the order of reading.
    group_counts: {split: groups}, photos or walls, in the same order; groups_known: whether any are known.
    samples:      {class: names of training images to show}.
    augmented:    reads a few training images, each followed by its augmented versions; none without augmentation.
    loss:         name and unit of the loss in `history`.
    stages:       {"before training": ..., "after the head": ...}, all on validation, in order of time.
    point:        the threshold, and what it promises; temperature: of the calibrated probabilities.
    test:         on the test images, at the threshold; raw_test: of the same images, before calibration.
    surfaces:     on the test images of each surface, where surfaces are known.
    prevalence:   the share of cracks where the model will be used, None where nobody stated it.
    read_image:   name of a sample or test image -> (H, W, 3) uint8.
    """

    title: str
    is_painted: bool
    command: str
    settings: Sequence[Setting]
    environment: Mapping[str, str]
    audit: Sequence[str]
    layers: Sequence[Mapping[str, str | int]]
    class_counts: Mapping[str, Mapping[str, int]]
    group_counts: Mapping[str, int]
    groups_known: bool
    samples: Mapping[str, Sequence[str]]
    augmented: Callable[[], Sequence[Sequence[np.ndarray]]]
    loss: str
    history: Sequence[EpochRecord]
    stages: Mapping[str, Evaluation]
    point: OperatingPoint
    temperature: float
    test: Evaluation
    raw_test: Predictions
    surfaces: Mapping[str, Evaluation]
    prevalence: float | None
    read_image: Callable[[str], np.ndarray]
