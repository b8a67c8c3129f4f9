"""What gpu.py and step_profile.py measure with: a classifier, images that it tells apart, and a clock for epochs."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np

from crack_exp.model.classifier import HEAD, add_head, build_backbone
from crack_exp.training.phase import Phase

FINE_TUNE_FROM = "block_11_expand_relu"
ROUNDS = 3


@dataclass(frozen=True)
class Task:
    """What to measure with. All measurements load the same file, `same_weights`, which `prepare` writes.

    weights: of the backbone: painted, imagenet, none or a path; images: to predict; steps: in each of ROUNDS timed
    rounds.
    """

    batch_size: int
    same_weights: str
    alpha: float
    image_size_px: int
    weights: str
    images: int
    steps: int


def prepare(task: Task) -> None:
    """Write the weights of a classifier that tells the two kinds of patches apart, computed in float32.

    Untrained, all its probabilities would lie near one half, and every precision would agree.
    """
    model = classifier(task)
    images, labels = patches(640, task.image_size_px, seed=1)
    if task.weights == "none":
        for batch in np.split(images, 20):  # random features vanish unless BatchNormalization knows their statistics
            model(batch, training=True)
    features = keras.Model(model.inputs, model.get_layer(HEAD).output).predict(images, verbose=0)
    head = keras.Sequential([model.layers[-1]])
    head.compile(keras.optimizers.Adam(1e-2), loss="sparse_categorical_crossentropy")
    head.fit(features, labels, epochs=10, verbose=0)
    model.save_weights(task.same_weights)


def classifier(task: Task) -> keras.Model:
    keras.utils.set_random_seed(0)
    body = build_backbone(
        backbone=partial(keras.applications.MobileNetV2, alpha=task.alpha),
        rescaling=keras.layers.Rescaling(1 / 127.5, -1),
        weights=task.weights,
        image_size_px=task.image_size_px,
        batch_norm_momentum=0.5,  # for `prepare` alone: what is timed keeps the statistics frozen
    )
    return add_head(body, classes=2, dropout=0.2)


def phase_of(name: str, optimizer: keras.optimizers.Optimizer, trainable_from: str) -> Phase:
    """One epoch of it, as a run would train it."""
    loss = keras.losses.SparseCategoricalCrossentropy()
    common: dict[str, Any] = {"setting": "optimizer", "train_batch_norm": False, "loss": loss, "patience": None}
    return Phase(name, optimizer, 1, trainable_from, **common)


def patches(count: int, size_px: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Grey patches with shades and grain, uint8 (count, size_px, size_px, 3), and labels (count,).

    Those of label 1 show a crooked line, from invisible to black: some are hard to decide.
    """
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    rows, columns = np.mgrid[:size_px, :size_px] / size_px
    images = np.empty((count, size_px, size_px, 3), np.uint8)
    for image, label in zip(images, labels, strict=True):
        shades = sum(np.cos(down * rows + right * columns) for down, right in random.uniform(-20, 20, (4, 2)))
        grain = random.normal(0, 10, (size_px, size_px))
        across = random.uniform(0.2, 0.8) + np.cumsum(random.normal(0, 0.01, size_px))
        line = np.abs(columns - across[:, None]) < random.uniform(0.01, 0.03)
        grey = 150 + 12 * shades + grain - label * random.uniform(0, 100) * line
        image[:] = np.clip(grey, 0, 255)[..., None]
    return images, labels


class Repeated(keras.utils.PyDataset):
    """One batch, many times: nothing is decoded, but all of it is sent to the device."""

    def __init__(self, batch: tuple[np.ndarray, np.ndarray], times: int) -> None:
        super().__init__()
        self.batch, self.times = batch, times

    def __len__(self) -> int:
        return self.times

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.batch


class EpochClock(keras.callbacks.Callback):
    """The seconds of every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.seconds = 0.0, list[float]()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        assert logs is not None
        float(logs["loss"])  # waits for a device that is still computing
        self.seconds.append(time.perf_counter() - self.began)
