"""What the pictures of a run are drawn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.training.history import EpochRecord


@dataclass(frozen=True)
class Setting:
    """One value of the configuration, and what it is by default; "" where the default has no such setting."""

    key: str
    value: str
    default: str


@dataclass(frozen=True)
class RunReport:
    """All that plots and pages may show.

    title:        names the run.
    settings:     every value of its configuration; command: what repeats it, to be typed into a shell.
    environment:  facts of code, machine and versions, by name.
    audit:        what reading the files found, a sentence each.
    layers:       a row per layer: name, kind, output_shape, parameters, trainable_PHASE.
    class_counts: {split: {class: images}}, in the order of reading.
    group_counts: {split: groups}, photos or walls, in the same order; groups_known: whether any are told.
    samples:      {class: names of training images to show}.
    augmented:    a few training images, each as it was read and then as epochs see it; empty without augmentation.
    loss:         name and unit of the loss in `history`.
    stages:       {"before training": ..., "after the head": ...}, all on validation, in order of time.
    test:         the verdict on the test images; surfaces: on those of each surface, where surfaces are told.
    read_image:   name of a sample or test image -> (H, W, 3) uint8.
    """

    title: str
    command: str
    settings: Sequence[Setting]
    environment: Mapping[str, str]
    audit: Sequence[str]
    layers: Sequence[Mapping[str, str | int]]
    class_counts: Mapping[str, Mapping[str, int]]
    group_counts: Mapping[str, int]
    groups_known: bool
    samples: Mapping[str, Sequence[str]]
    augmented: Sequence[Sequence[np.ndarray]]
    loss: str
    history: Sequence[EpochRecord]
    stages: Mapping[str, Evaluation]
    test: Evaluation
    surfaces: Mapping[str, Evaluation]
    read_image: Callable[[str], np.ndarray]
