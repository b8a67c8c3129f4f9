"""One precision at one batch size: what precision.py runs, each in a process of its own.

python benchmarks/one_precision.py JSON      with JSON an object that holds what `Task` holds; the answer is JSON too
"""

import json
import os
import platform
import resource
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_exp.model.classifier import HEAD, add_head, build_backbone
from crack_exp.training.phase import Phase, compile_phase

FINE_TUNE_FROM = "block_11_expand_relu"
ROUNDS = 3


@dataclass(frozen=True)
class Task:
    """What to measure. precision: None prepares the file `same_weights`, which all measurements then load.

    weights: of the backbone, a path, imagenet or none; images: to predict; steps: in each of ROUNDS timed rounds.
    """

    precision: str | None
    batch_size: int
    same_weights: str
    alpha: float
    image_size_px: int
    weights: str
    images: int
    steps: int


@dataclass(frozen=True)
class Measured:
    """probabilities: (images, 2), before training; peak_memory_mb: of the GPU, or of the process on a CPU."""

    precision: str
    batch_size: int
    head_images_per_s: float
    fine_tune_images_per_s: float
    peak_memory_mb: float
    probabilities: list[list[float]]
    device: str
    versions: dict[str, str]


def main() -> None:
    task = Task(**json.loads(sys.argv[1]))
    if task.precision is None:
        prepare(task)
    else:
        print(json.dumps(asdict(measure(task, task.precision))))


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


def measure(task: Task, precision: str) -> Measured:
    """Predict and train with the prepared weights in this precision, and tell what it took."""
    keras.config.set_dtype_policy(precision)
    model = classifier(task)
    model.load_weights(task.same_weights)
    images, _ = patches(task.images, task.image_size_px, seed=2)
    probabilities = model.predict(images, batch_size=task.batch_size, verbose=0)
    phases = (
        phase_of("head", keras.optimizers.Adam(1e-4), HEAD),
        phase_of("fine_tune", keras.optimizers.RMSprop(1e-5), FINE_TUNE_FROM),
    )
    batch = patches(task.batch_size, task.image_size_px, seed=3)
    head, fine_tune = (task.batch_size / seconds_per_step(model, one, batch, task.steps) for one in phases)
    device, peak_memory_mb = device_and_peak_memory_mb()
    return Measured(
        precision=precision,
        batch_size=task.batch_size,
        head_images_per_s=head,
        fine_tune_images_per_s=fine_tune,
        peak_memory_mb=peak_memory_mb,
        probabilities=probabilities.tolist(),
        device=device,
        versions=versions(),
    )


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


def seconds_per_step(model: keras.Model, phase: Phase, batch: tuple[np.ndarray, np.ndarray], steps: int) -> float:
    """Seconds of one training step under `fit`: the median of ROUNDS rounds, after one that compiles."""
    compile_phase(model, phase)
    clock = EpochClock()
    model.fit(Repeated(batch, steps), epochs=1 + ROUNDS, callbacks=[clock], verbose=0)
    return float(np.median(clock.seconds[1:])) / steps


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


def device_and_peak_memory_mb() -> tuple[str, float]:
    """The device computed on, and the most memory it has held so far: a GPU's own, else this process's."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if gpus := tf.config.list_physical_devices("GPU"):
            name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", gpus[0].name)
            return name, tf.config.experimental.get_memory_info("GPU:0")["peak"] / 1e6
    elif keras.backend.backend() == "jax":
        import jax

        device = jax.devices()[0]
        if device.platform != "cpu":
            return device.device_kind, device.memory_stats()["peak_bytes_in_use"] / 1e6
    else:
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name(0), torch.cuda.max_memory_allocated() / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return processor(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def processor() -> str:
    """The processor's name as the system knows it, and how many cores of it there are."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    backend = keras.backend.backend()
    return {
        "Python": platform.python_version(),
        "Keras": keras.__version__,
        backend: import_module(backend).__version__,
    }


if __name__ == "__main__":
    main()
