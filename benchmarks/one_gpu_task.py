"""One measurement of gpu.py, in a process of its own.

python benchmarks/one_gpu_task.py JSON      with JSON an object of `tasks` and the settings of gpu.py; answers in JSON
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import keras
import numpy as np
from device_facts import device_and_peak_memory_mb, versions
from patch_classifier import (
    FINE_TUNE_FROM,
    ROUNDS,
    EpochClock,
    Repeated,
    Task,
    classifier,
    patches,
    phase_of,
    prepare,
)

from crack_exp.data.batches import Batches
from crack_exp.model.classifier import HEAD
from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.split_model import cut_below, split_at
from crack_exp.runtime.session import session
from crack_exp.system.errors import UserError
from crack_exp.training.phase import Phase, compile_phase, unfreeze

LARGEST_FEED = 2048  # images in memory, in the measurement of waiting


def main() -> None:
    given = json.loads(sys.argv[1])
    kinds: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "ours": ours, "plain Keras": plain_keras, "feeding": feeding, "PyTorch recipe": pytorch_recipe,
        "all devices": all_devices,
    }  # fmt: skip
    distribution = "mirrored" if given["kind"] == "all devices" else "none"
    with session(precision=given["precision"], distribution=distribution, seed=0):
        found = kinds[given["kind"]](given)
    device, memory = device_and_peak_memory_mb()
    about = {name: given[name] for name in ("kind", "precision", "compiled")}
    nothing = {"probabilities": None, "peak_memory_mb": memory}
    print(json.dumps(about | nothing | {"device": device, "versions": versions()} | found))


def ours(given: dict[str, Any]) -> dict[str, Any]:
    """The frozen part with its batch normalisation folded, the head on its features, and fine-tuning above the cut."""
    task = _task(given)
    model = _prepared(task)
    pixels, labels = patches(task.batch_size, task.image_size_px, seed=3)
    checked, _ = patches(task.images, task.image_size_px, seed=2)
    probabilities = with_folded_batch_norm(model).predict(checked, batch_size=task.batch_size, verbose=0)
    rates = {"frozen_images_per_s": _predicting(model, HEAD, pixels, given)}
    for phase in (head_phase(), fine_tuning()):
        unfreeze(model, phase)
        below, above = split_at(model, cut_below(model, phase.trainable_from))
        features = keras.ops.convert_to_numpy(keras.ops.cast(below.predict(pixels, verbose=0), "float32"))
        network = with_folded_batch_norm(above)
        compile_phase(network, phase)
        rates[f"{phase.name}_images_per_s"] = _training(network, (features, labels), given)
    return rates | {"probabilities": probabilities.tolist()}


def plain_keras(given: dict[str, Any]) -> dict[str, Any]:
    """As in Keras's guide to transfer learning: all layers computed in every step, frozen or not."""
    task = _task(given)
    model = _prepared(task)
    batch = patches(task.batch_size, task.image_size_px, seed=3)
    checked, _ = patches(task.images, task.image_size_px, seed=2)
    rates: dict[str, Any] = {"probabilities": model.predict(checked, batch_size=task.batch_size, verbose=0).tolist()}
    for phase in (head_phase(), fine_tuning()):
        unfreeze(model, phase)
        compile_phase(model, phase)
        rates[f"{phase.name}_images_per_s"] = _training(model, batch, given)
    return rates


def feeding(given: dict[str, Any]) -> dict[str, Any]:
    """Fine-tuning on images from memory, augmented; waiting: the share of the time that one batch again would save."""
    task = _task(given)
    model = _prepared(task)
    phase = fine_tuning()
    unfreeze(model, phase)
    network = with_folded_batch_norm(model)
    compile_phase(network, phase)
    batch = patches(task.batch_size, task.image_size_px, seed=3)
    alone = _training(network, batch, given)
    layers = [
        keras.layers.RandomFlip("horizontal_and_vertical", dtype="float32"),
        keras.layers.RandomBrightness(0.15, value_range=(0, 255), dtype="float32"),
        keras.layers.RandomContrast(0.2, value_range=(0, 255), dtype="float32"),
    ]
    fed = _fed(network, task, batch, layers)
    return {"fine_tune_images_per_s": fed, "waiting": max(0.0, 1 - fed / alone)}


def all_devices(given: dict[str, Any]) -> dict[str, Any]:
    """Fine-tuning as in plain Keras, but on images from memory, whose batches all devices share."""
    task = _task(given)
    model = _prepared(task)
    phase = fine_tuning()
    unfreeze(model, phase)
    compile_phase(model, phase)
    batch = patches(task.batch_size, task.image_size_px, seed=3)
    return {"fine_tune_images_per_s": _fed(model, task, batch, [])}


def _fed(
    network: keras.Model, task: Task, batch: tuple[np.ndarray, np.ndarray], layers: Sequence[keras.Layer]
) -> float:
    """Images a second of training on the images of `batch` from memory, over and over."""
    count = min(task.steps * task.batch_size, max(LARGEST_FEED, task.batch_size)) // task.batch_size * task.batch_size
    pixels = np.resize(batch[0], (count, *batch[0].shape[1:]))
    order, labels = np.arange(count), np.resize(batch[1], count)
    batches = Batches([_InMemory(pixels)], order, labels, batch_size=task.batch_size, seed=0, layers=layers)
    return _epochs(network, batches.fed, count)


class _InMemory:
    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels, self.shape, self.dtype = pixels, pixels.shape[1:], pixels.dtype

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        return self.pixels[indices]


def pytorch_recipe(given: dict[str, Any]) -> dict[str, Any]:
    """Fine-tuning of the whole network in PyTorch alone."""
    from torch_recipe import images_per_s

    return images_per_s(given, ROUNDS)


def head_phase() -> Phase:
    return phase_of("head", keras.optimizers.Adam(1e-4), HEAD)


def fine_tuning() -> Phase:
    return phase_of("fine_tune", keras.optimizers.RMSprop(1e-5), FINE_TUNE_FROM)


def _task(given: dict[str, Any]) -> Task:
    return Task(**{field.name: given[field.name] for field in fields(Task)})


def _prepared(task: Task) -> keras.Model:
    """With the same weights in each measurement, which the first one draws and trains in float32."""
    if not Path(task.same_weights).exists():
        prepare(task)
    model = classifier(task)
    model.load_weights(task.same_weights)
    return model


def _predicting(model: keras.Model, behind: str, pixels: np.ndarray, given: dict[str, Any]) -> float:
    body = with_folded_batch_norm(_below(model, behind))
    body.compile(jit_compile=given["compiled"])
    body.predict_on_batch(pixels)
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(given["steps"]):
            body.predict_on_batch(pixels)
        seconds.append(time.perf_counter() - began)
    return float(len(pixels) * given["steps"] / np.median(seconds))


def _below(model: keras.Model, behind: str) -> keras.Model:
    return keras.Model(model.inputs[0], model.get_layer(behind).output)


def _training(model: keras.Model, batch: tuple[np.ndarray, np.ndarray], given: dict[str, Any]) -> float:
    model.compile(model.optimizer, loss=model.loss, jit_compile=given["compiled"])
    return _epochs(model, Repeated(batch, given["steps"]), len(batch[1]) * given["steps"])


def _epochs(model: keras.Model, batches: Any, images: int) -> float:
    clock = EpochClock()
    model.fit(batches, epochs=1 + ROUNDS, callbacks=[clock], shuffle=False, verbose=0)
    return images / float(np.median(clock.seconds[1:]))


if __name__ == "__main__":
    try:
        main()
    except UserError as error:  # e.g. there is one device alone
        sys.exit(str(error))
