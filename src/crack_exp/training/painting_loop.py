"""The loop of a pretraining: chunk after chunk of paintings until the budget is used, in a way that survives a kill."""

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
from crack_exp.painter.stream import Paintings, blank_paintings
from crack_exp.painter.views import ChunkViews
from crack_exp.system.errors import UserError
from crack_exp.system.prefetch import prefetch
from crack_exp.training.averaging import WeightAverage
from crack_exp.training.budget import Budget, learning_rate
from crack_exp.training.checkpoint import read_whole, write_whole

STEPS_PER_AVERAGE = 8  # often enough for averages over hundreds of steps, and no burden


@dataclass(frozen=True)
class ChunkRecord:
    """One chunk, counted from 1. `images` are views seen in all; `share` is the part of the budget used.

    seconds:  of work in all, evaluating and saving included; images_per_second: of training alone, in this chunk.
    losses:   by the model's names, mean over the chunk, in nats.
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
    """Where a pretraining stands after a whole number of chunks."""

    steps: int
    images: int
    seconds: float
    history: list[ChunkRecord]
    weights: list[np.ndarray]
    optimizer: list[np.ndarray]
    average: list[np.ndarray]


@dataclass(frozen=True)
class Course:
    """How a pretraining goes. `views_of` makes the views of a chunk from its paintings and its number."""

    budget: Budget
    batch_size: int
    peak_learning_rate: float
    warm_up: float
    average_momentum: float
    seed: int
    views_of: Callable[[Paintings, int], ChunkViews]


class Pretraining:
    """A compiled model on its way through chunks of paintings.

    progress: where a killed pretraining stood; None starts one.
    """

    def __init__(self, model: keras.Model, course: Course, *, progress: Progress | None) -> None:
        self.model, self.course = model, course
        self.history: list[ChunkRecord] = []
        self.steps, self.images, self._seconds_before = 0, 0, 0.0
        if progress:
            self.history, self._seconds_before = list(progress.history), progress.seconds
            self.steps, self.images = progress.steps, progress.images
            self._restore(progress)
        self.average = WeightAverage(
            course.average_momentum, progress.average if progress else model.get_weights(), self.steps
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
        """Train on `chunks`, the first of which is the next one, and leave `model` with the averaged weights.

        evaluate: metrics of the averaged weights after each chunk; save: called with all that is needed to go on.
        Raises UserError where the loss becomes infinite or no number.
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
        return self.course.budget.share_used(seconds=self.seconds, images=self.images)

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
        blank = blank_paintings(self.course.batch_size, self.model.input_shape[1])
        self._losses(blank.pixels, targets(blank))
        evaluate(self.model)
        self._restore(before)

    def _restore(self, progress: Progress) -> None:
        """Give model and optimizer the values that they had then."""
        self.model.set_weights(progress.weights)
        for variable, value in zip(self.model.optimizer.variables, progress.optimizer, strict=True):
            variable.assign(value)

    def _chunk(self, paintings: Paintings, evaluate: Callable[[keras.Model], dict[str, float]]) -> ChunkRecord:
        before, began = self.images, time.monotonic()
        losses = self._train(self.course.views_of(paintings, len(self.history)))
        rate = (self.images - before) / (time.monotonic() - began)
        self.average.update(self.model, self.steps)
        with self.average.applied(self.model):
            validation = evaluate(self.model)
        seconds = self.seconds
        record = ChunkRecord(
            chunk=len(self.history) + 1,
            images=self.images,
            share=self.share,
            seconds=seconds,
            seconds_left=self.course.budget.seconds_left(seconds=seconds, images=self.images),
            images_per_second=rate,
            learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            losses=losses,
            validation=validation,
        )
        self.history.append(record)
        return record

    def _train(self, views: ChunkViews) -> dict[str, float]:
        """Mean losses over the whole batches of `views`, or over those that the budget had room for."""
        seed_layers(self.model.layers, self.course.seed, len(self.history), DROPOUT)
        size, sums, steps = self.course.batch_size, dict[str, float](), 0
        starts = range(0, len(views) - size + 1, size)
        for batch in prefetch(partial(_example, views, start, size) for start in starts):
            for name, loss in self._step(*batch).items():
                sums[name] = sums.get(name, 0.0) + loss
            steps += 1
            if self.share >= 1:
                break
        return {name: value / steps for name, value in sums.items()}

    def _step(self, pixels: np.ndarray, wanted: dict[str, np.ndarray]) -> Mapping[str, float]:
        course = self.course
        self.model.optimizer.learning_rate = learning_rate(self.share, course.peak_learning_rate, course.warm_up)
        losses = self._losses(pixels, wanted)
        if not math.isfinite(losses["loss"]):
            raise UserError(
                f"optimizer.learning_rate={course.peak_learning_rate:g}: the loss is {losses['loss']} after "
                f"{self.images:,} images; start anew with a lower one"
            )
        self.steps += 1
        self.images += len(pixels)
        if self.steps % STEPS_PER_AVERAGE == 0:
            self.average.update(self.model, self.steps)
        return losses

    def _losses(self, pixels: np.ndarray, wanted: dict[str, np.ndarray]) -> Mapping[str, float]:
        """The losses of a batch, of which the model has learned by then."""
        return self.model.train_on_batch(pixels, wanted, return_dict=True)


def write_progress(progress: Progress, path: Path) -> None:
    """Replace `path` at once."""
    plain = {name: getattr(progress, name) for name in ("steps", "images", "seconds")}
    plain["history"] = [asdict(record) for record in progress.history]
    write_whole(path, plain, {name: getattr(progress, name) for name in ("weights", "optimizer", "average")})


def read_progress(path: Path) -> Progress:
    """What `write_progress` wrote."""
    plain, arrays = read_whole(path)
    plain["history"] = [ChunkRecord(**record) for record in plain["history"]]
    return Progress(**(plain | arrays))


def _example(views: ChunkViews, start: int, size: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    batch = views.batch(start, size)
    return batch.pixels, targets(batch)
