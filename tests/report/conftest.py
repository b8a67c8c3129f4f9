"""Reports of small runs: any number of classes and epochs, with and without errors."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from crack_exp.evaluation.aim import ASSURED, Aim
from crack_exp.evaluation.calibration import tempered
from crack_exp.evaluation.evaluate import Evaluation, evaluate
from crack_exp.evaluation.operating_point import OperatingPoint
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.risk_control import Sample
from crack_exp.report.run.content import RunReport, Setting
from crack_exp.training.history import EpochRecord


def train(head_epochs: int, fine_tune_epochs: int) -> list[EpochRecord]:
    """A loss that falls with 1 / epoch."""
    phases = ["head"] * head_epochs + ["fine_tune"] * fine_tune_epochs
    return [
        EpochRecord(number, phase, 1 / number, 1.1 / number, 1 - 0.5 / number, 1 - 0.6 / number, 1e-4, 2.5)
        for number, phase in enumerate(phases, 1)
    ]


def evaluated(class_names: list[str], images: int, errors: int, threshold: float | None) -> Evaluation:
    """The first `errors` images are predicted as the next class, with increasing probability."""
    labels = np.arange(images) % len(class_names)
    wrong = np.arange(images) < errors
    predicted = (labels + wrong) % len(class_names)
    probability = 0.6 + 0.3 * np.arange(images) / images
    rows = np.eye(len(class_names))[predicted] * probability[:, None]
    rows += (1 - probability[:, None]) / len(class_names)
    rows /= rows.sum(axis=1, keepdims=True)
    names = [f"{index}.jpg" for index in range(images)]
    predictions = Predictions(names, names, labels, rows, class_names, frozenset({0}))
    return evaluate(predictions, confidence=0.95, resamples=50, seed=0, threshold=threshold)


def draw_image(name: str) -> np.ndarray:
    """Grey; the brightness is the number in its name."""
    return np.full((40, 60, 3), int(name.removesuffix(".jpg")) % 256, dtype=np.uint8)


def report_of(test: Evaluation, history: list[EpochRecord]) -> RunReport:
    class_names = test.predictions.class_names
    counts = {"train": dict.fromkeys(class_names, 70), "validation": dict.fromkeys(class_names, 20)}
    return RunReport(
        title="crack_exp run: seed=2",
        is_painted=False,
        command="python -m crack_exp.run seed=2",
        settings=[Setting("seed", "2", "1"), Setting("data.path", "walls", ""), Setting("training.epochs", "8", "8")],
        environment={"version.keras": "3", "machine.cpu": "abacus"},
        audit=["24 images, 2 classes", "4 files are byte copies of one another, in 2 groups"],
        layers=[
            {"name": "conv", "kind": "Conv2D", "output_shape": "8x8x4", "parameters": 112, "trainable_head": 0},
            {"name": "probabilities", "kind": "Dense", "output_shape": "2", "parameters": 10, "trainable_head": 10},
        ],
        class_counts=counts | {"test": dict.fromkeys(class_names, 10)},
        group_counts={"train": 14, "validation": 4, "test": 2},
        groups_known=True,
        samples={name: [f"{number}.jpg" for number in range(4)] for name in class_names},
        augmented=lambda: [[np.full((20, 20, 3), grey, np.uint8) for grey in (50, 90, 130, 170)] for _ in range(6)],
        loss="cross-entropy loss (nats)",
        history=history,
        stages={"before training": test, "after the head": test},
        point=OperatingPoint(0.5, Aim(ASSURED, 0.95, 0.95, None, None), Sample(59, None), 0.125),
        temperature=1.25,
        test=test,
        raw_test=replace(test.predictions, probabilities=tempered(test.predictions.probabilities, 1 / 1.25)),
        surfaces={},
        prevalence=None,
        read_image=draw_image,
    )


@pytest.fixture
def make_report() -> Callable[..., RunReport]:
    def make(
        class_names: list[str],
        images: int = 24,
        errors: int = 4,
        head: int = 3,
        fine_tune: int = 2,
        threshold: float | None = 0.5,
    ) -> RunReport:
        return report_of(evaluated(class_names, images, errors, threshold), train(head, fine_tune))

    return make
