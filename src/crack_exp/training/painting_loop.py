"""The training loop of a pretraining: trains on chunks of paintings until the budget is used; it can be resumed."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np

from crack_exp.data.seeding import DROPOUT, seed_layers
from crack_exp.model.painting_heads import targets
from crack_exp.model.weights import not_finite
from crack_exp.painter.stream import Paintings, blank_paintings
from crack_exp.painter.views import ChunkViews
from crack_exp.system.own_files import must_be
from crack_exp.system.prefetch import prefetch
from crack_exp.system.progress import doing, track
from crack_exp.training.averaging import WeightAverage
from crack_exp.training.budget import Budget, learning_rate
from crack_exp.training.checkpoint import read_npz, write_npz
from crack_exp.training.divergence import Diverged, diverged

STEPS_PER_AVERAGE = 8  # small compared with the hundreds of steps of the average, and cheap


@dataclass(frozen=True)
class ChunkRecord:
    """One chunk, counted from 1. `images`: views trained on so far; `share`: used share of the budget.

    seconds:  total time, including evaluating and saving; images_per_second: of training only, in this chunk.
    losses:   mean over the chunk by the model's names, in nats.
    validation: metrics of the averaged weights on validation paintings, which are never trained on.
    """

    chunk: int
    images: int
    share: float
    seconds: float
    seconds_left: float
    images_per_second: float
    learning_rate: float
    losses: dict[str, float]
    validation: dict[str, float]


@dataclass(frozen=True)
class Progress:
    """The state of a pretraining after a complete chunk."""

    steps: int
    images: int
    seconds: float
    history: list[ChunkRecord]
    weights: list[np.ndarray]
    optimizer: list[np.ndarray]
    average: list[np.ndarray]


@dataclass(frozen=True)
class TrainingPlan:
    """The settings of a pretraining. `views_of` makes the views of a chunk from its paintings and its number."""

    budget: Budget
    batch_size: int
    peak_learning_rate: float
    warm_up: float
    average_momentum: float
    seed: int
    views_of: Callable[[Paintings, int], ChunkViews]


class Pretraining:
    """Trains a compiled model on chunks of paintings.

    progress: the saved state of a killed pretraining, or None for a new one.
    """

    def __init__(self, model: keras.Model, plan: TrainingPlan, *, progress: Progress | None) -> None:
        self.model, self.plan = model, plan
        self.history: list[ChunkRecord] = []
        self.steps, self.images, self._seconds_before = 0, 0, 0.0
        if progress:
            self.history, self._seconds_before = list(progress.history), progress.seconds
            self.steps, self.images = progress.steps, progress.images
            self._restore(progress)
        self.average = WeightAverage(
            plan.average_momentum, progress.average if progress else model.get_weights(), self.steps
        )
        self._began = time.monotonic()

    def run(
        self,
        chunks: Iterable[Paintings],
        *,
        evaluate: Callable[[keras.Model], dict[str, float]],
        on_chunk: Callable[[ChunkRecord], None],
        save: Callable[[Progress], None],
    ) -> None:
        """Train on `chunks`, beginning with the next one; `model` then has the averaged weights.

        evaluate: metrics of the averaged weights after each chunk; save: called with the state to resume from.
        Raises Diverged if the loss or a weight becomes infinite or NaN.
        """
        self._compile(evaluate)
        self._began = time.monotonic()
        if self.share < 1:
            for paintings in chunks:
                record = self._chunk(paintings, evaluate)
                on_chunk(record)
                save(self.progress())
                if self.share >= 1:
                    break
        self.model.set_weights(self.average.weights)

    @property
    def seconds(self) -> float:
        return self._seconds_before + time.monotonic() - self._began

    @property
    def share(self) -> float:
        return self.plan.budget.share_used(seconds=self.seconds, images=self.images)

    def progress(self) -> Progress:
        return Progress(
            steps=self.steps,
            images=self.images,
            seconds=self.seconds,
            history=list(self.history),
            weights=self.model.get_weights(),
            optimizer=[keras.ops.convert_to_numpy(variable) for variable in self.model.optimizer.variables],
            average=self.average.weights,
        )

    def _compile(self, evaluate: Callable[[keras.Model], dict[str, float]]) -> None:
        """Train and evaluate once and discard it, before the clock starts: tracing takes seconds of a short budget."""
        before = self.progress()
        blank = blank_paintings(self.plan.batch_size, self.model.input_shape[1])
        with doing("tracing the network"):
            self._losses(blank.pixels, targets(blank))
            evaluate(self.model)
        self._restore(before)

    def _restore(self, progress: Progress) -> None:
        """Set model and optimizer to the saved values."""
        self.model.set_weights(progress.weights)
        for variable, value in zip(self.model.optimizer.variables, progress.optimizer, strict=True):
            variable.assign(value)

    def _chunk(self, paintings: Paintings, evaluate: Callable[[keras.Model], dict[str, float]]) -> ChunkRecord:
        before, began = self.images, time.monotonic()
        losses = self._train(self.plan.views_of(paintings, len(self.history)))
        rate = (self.images - before) / (time.monotonic() - began)
        if (weight := not_finite(self.model)) is not None:
            raise self._diverged(f"the weight {weight} is not finite")
        self.average.update(self.model, self.steps)
        with self.average.applied(self.model):
            validation = evaluate(self.model)
        seconds = self.seconds
        record = ChunkRecord(
            chunk=len(self.history) + 1,
            images=self.images,
            share=self.share,
            seconds=seconds,
            seconds_left=self.plan.budget.seconds_left(seconds=seconds, images=self.images),
            images_per_second=rate,
            learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            losses=losses,
            validation=validation,
        )
        self.history.append(record)
        return record

    def _train(self, views: ChunkViews) -> dict[str, float]:
        """Train on the complete batches of `views`, or until the budget is used; returns the mean losses."""
        seed_layers(self.model.layers, self.plan.seed, len(self.history), DROPOUT)
        size, sums, steps = self.plan.batch_size, dict[str, float](), 0
        starts = range(0, len(views) - size + 1, size)
        batches = prefetch(partial(_batch_and_targets, views, start, size) for start in starts)
        for batch in track(batches, f"chunk {len(self.history) + 1}", len(starts)):
            for name, loss in self._step(*batch).items():
                sums[name] = sums.get(name, 0.0) + loss
            steps += 1
            if self.share >= 1:
                break
        return {name: value / steps for name, value in sums.items()}

    def _step(self, pixels: np.ndarray, expected: dict[str, np.ndarray]) -> Mapping[str, float]:
        plan = self.plan
        self.model.optimizer.learning_rate = learning_rate(self.share, plan.peak_learning_rate, plan.warm_up)
        losses = self._losses(pixels, expected)
        if not math.isfinite(losses["loss"]):
            raise self._diverged(f"the loss is {losses['loss']}")
        self.steps += 1
        self.images += len(pixels)
        if self.steps % STEPS_PER_AVERAGE == 0:
            self.average.update(self.model, self.steps)
        return losses

    def _diverged(self, what: str) -> Diverged:
        return diverged("optimizer", self.plan.peak_learning_rate, f"{what} after {self.images:,} images")

    def _losses(self, pixels: np.ndarray, expected: dict[str, np.ndarray]) -> Mapping[str, float]:
        """Train on a batch; returns its losses before the update."""
        return self.model.train_on_batch(pixels, expected, return_dict=True)


def write_progress(progress: Progress, path: Path) -> None:
    """Replace `path` atomically."""
    values = {name: getattr(progress, name) for name in ("steps", "images", "seconds")}
    values["history"] = [asdict(record) for record in progress.history]
    write_npz(path, values, {name: getattr(progress, name) for name in ("weights", "optimizer", "average")})


def read_progress(path: Path) -> Progress:
    """The state that `write_progress` wrote. A file of anything else raises any kind of exception."""
    values, arrays = read_npz(path)
    values["history"] = [ChunkRecord(**record) for record in values["history"]]
    progress = Progress(**(values | arrays))
    must_be(0 <= progress.seconds < math.inf and min(progress.steps, progress.images) >= 0, "time, steps and images")
    must_be(all(np.isfinite(weight).all() for weight in progress.weights + progress.average), "finite weights")
    return progress


def _batch_and_targets(views: ChunkViews, start: int, size: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    batch = views.batch(start, size)
    return batch.pixels, targets(batch)
