"""The loop of a pretraining: it learns, respects its budget, and can be resumed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.painting_heads import LossWeights, build_pretraining, compile_pretraining
from crack_exp.painter.stream import Paintings
from crack_exp.painter.views import ChunkViews, Jitter
from crack_exp.system import progress as shown_progress
from crack_exp.training import painting_loop
from crack_exp.training.budget import Budget, learning_rate
from crack_exp.training.painting_loop import (
    ChunkRecord,
    Pretraining,
    Progress,
    TrainingPlan,
    read_progress,
    write_progress,
)

SIZE_PX, PER_CHUNK, VIEWS, BATCH = 32, 12, 2, 8
traces = 0
viewed: list[int] = []  # the numbers of the chunks whose views were made


class CountsTraces(keras.layers.Layer):
    """Returns its input, and counts the calls in Python: one for each trace."""

    def call(self, inputs: Any) -> Any:
        global traces
        traces += 1
        return inputs


def body() -> keras.Model:
    keras.utils.set_random_seed(3)
    pixels = keras.Input((SIZE_PX, SIZE_PX, 3), dtype="uint8")
    features = CountsTraces()(keras.layers.Rescaling(1 / 127.5, -1)(pixels))
    for stride in (4, 2, 2, 2):
        features = keras.layers.Conv2D(8, 3, strides=stride, padding="same", use_bias=False)(features)
        features = keras.layers.BatchNormalization(momentum=0.9)(features)
        features = keras.layers.ReLU()(features)
    return keras.Model(pixels, features, name="tiny")


def compiled() -> keras.Model:
    model = build_pretraining(body())
    compile_pretraining(model, keras.optimizers.AdamW(), LossWeights(1.0, 1.0, 1.0, 5.0))
    return model


def chunks(first: int = 0) -> Iterator[Paintings]:
    """Dark squares on grey; the class determines the size, 0 means none."""
    number = first
    while True:
        rng = np.random.default_rng(number)
        labels = rng.integers(0, 5, PER_CHUNK).astype(np.int32)
        pixels = rng.integers(120, 180, (PER_CHUNK, SIZE_PX, SIZE_PX, 3)).astype(np.uint8)
        masks = np.zeros((PER_CHUNK, SIZE_PX // 4, SIZE_PX // 4), np.uint8)
        for image, mask, label in zip(pixels, masks, labels, strict=True):
            side = 4 * label
            image[:side, :side], mask[:label, :label] = 20, 255
        yield Paintings(pixels, labels, masks)
        number += 1


def plan(budget: Budget, rate: float = 0.01) -> TrainingPlan:
    jitter = Jitter(brightness=0.05, contrast=0.1, channel_gain=0.02)

    def views_of(paintings: Paintings, chunk: int) -> ChunkViews:
        viewed.append(chunk)
        return ChunkViews(paintings, size_px=paintings.pixels.shape[1], views=VIEWS, jitter=jitter, seed=1, chunk=chunk)

    return TrainingPlan(
        budget=budget,
        batch_size=BATCH,
        peak_learning_rate=rate,
        warm_up=0.1,
        average_momentum=0.9,
        seed=1,
        views_of=views_of,
    )


def images(count: int) -> Budget:
    return Budget(seconds=None, images=count)


def evaluate(model: keras.Model) -> dict[str, float]:
    paintings = next(chunks(10**6))
    probabilities = model.predict(paintings.pixels, verbose=0)["classes"]
    return {"accuracy": float((probabilities.argmax(axis=1) == paintings.labels).mean())}


def run(model: keras.Model, budget: Budget, progress: Progress | None = None, **changed: Any) -> Pretraining:
    training = Pretraining(model, plan(budget, changed.pop("rate", 0.01)), progress=progress)
    arguments: dict[str, Any] = {"evaluate": evaluate, "on_chunk": lambda record: None, "save": lambda progress: None}
    training.run(chunks(len(training.history)), **(arguments | changed))
    return training


@dataclass
class Uninterrupted:
    """An uninterrupted pretraining of four chunks, with its records and saved states."""

    training: Pretraining
    records: list[ChunkRecord]
    saved: list[Progress]
    start: list[np.ndarray]
    traces: int


@pytest.fixture(scope="module")
def uninterrupted() -> Uninterrupted:
    model, records, saved = compiled(), list[ChunkRecord](), list[Progress]()
    start, before = model.get_weights(), traces
    training = run(model, images(88), on_chunk=records.append, save=saved.append)
    return Uninterrupted(training, records, saved, start, traces - before)


def test_it_learns() -> None:
    history = run(compiled(), images(720), evaluate=lambda model: {}).history
    first, last = history[0], history[-1]
    for name in ("loss", "classes_loss", "crack_loss", "crack_8_loss", "crack_16_loss", "crack_32_loss"):
        assert last.losses[name] < 0.8 * first.losses[name]


def test_a_chunk_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shown_progress, "SECONDS_UNTIL_LINE", 0.0)
    run(compiled(), images(48), evaluate=lambda model: {})
    shown = [line.rpartition(",")[0] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["chunk 1: 1 of 3", "chunk 1: 2 of 3", "chunk 2: 1 of 3", "chunk 2: 2 of 3"]


def test_every_chunk_is_reported(uninterrupted: Uninterrupted) -> None:
    records = uninterrupted.records
    assert [(one.chunk, one.images) for one in records] == [(1, 24), (2, 48), (3, 72), (4, 88)]
    assert [one.share for one in records] == pytest.approx([24 / 88, 48 / 88, 72 / 88, 1])
    assert records == uninterrupted.training.history
    assert all(set(one.validation) == {"accuracy"} for one in records)
    # The learning rate of the last step was set before its batch.
    assert [one.learning_rate for one in records] == pytest.approx(
        [learning_rate(seen / 88, 0.01, 0.1) for seen in (16, 40, 64, 80)]
    )


def test_a_budget_in_minutes_ends_within_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    model, steps = compiled(), 0
    step = model.train_on_batch

    def count(*arguments: Any, **named: Any) -> Any:
        nonlocal steps
        steps += 1
        return step(*arguments, **named)

    monkeypatch.setattr(model, "train_on_batch", count)
    # One second per step; the first step is discarded, before the clock starts.
    monkeypatch.setattr(painting_loop.time, "monotonic", lambda: float(steps))
    training = run(model, Budget(seconds=5, images=None))
    assert (training.steps, training.images) == (5, 5 * BATCH)
    assert [record.images for record in training.history] == [24, 40]


def test_the_model_ends_with_the_averaged_weights_and_statistics(uninterrupted: Uninterrupted) -> None:
    model, last = uninterrupted.training.model, uninterrupted.saved[-1]
    for variable, final, average, latest, start in zip(
        model.weights, model.get_weights(), last.average, last.weights, uninterrupted.start, strict=True
    ):
        np.testing.assert_array_equal(final, average)
        assert not np.array_equal(average, latest) and not np.array_equal(average, start), variable.path


def test_the_step_is_compiled_once_for_all_chunks(uninterrupted: Uninterrupted) -> None:
    # Once to train and once to evaluate; TensorFlow runs Python twice for the first.
    assert 0 < uninterrupted.traces <= 4


class Killed(Exception):
    pass


def test_a_resumed_pretraining_ends_like_an_uninterrupted_one(uninterrupted: Uninterrupted, tmp_path: Path) -> None:
    path = tmp_path / "progress.npz"

    def save_then_die(progress: Progress) -> None:
        write_progress(progress, path)
        if len(progress.history) == 2:
            raise Killed

    with pytest.raises(Killed):
        run(compiled(), images(88), save=save_then_die)
    viewed.clear()
    resumed, progress = compiled(), read_progress(path)
    training = run(resumed, images(88), progress)
    assert [record.images for record in training.history] == [24, 48, 72, 88]
    assert training.history[:2] == progress.history and viewed == [2, 3]
    assert training.history[2].seconds > progress.seconds > 0
    for one, other in zip(training.history, uninterrupted.training.history, strict=True):
        assert one.losses == pytest.approx(other.losses, rel=1e-4)
    for old, new in zip(uninterrupted.training.model.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-5)


def test_a_finished_pretraining_is_not_trained_again(uninterrupted: Uninterrupted) -> None:
    resumed = compiled()
    assert len(run(resumed, images(88), uninterrupted.saved[-1]).history) == 4
    for old, new in zip(uninterrupted.training.model.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_nan_loss_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    model = compiled()
    monkeypatch.setattr(model, "train_on_batch", lambda *batch, return_dict: {"loss": np.nan})
    with pytest.raises(ValueError, match=r"^optimizer.learning_rate=0.01: the loss is nan after 0 images; start again"):
        run(model, images(48), evaluate=lambda model: {})


def test_it_learns_under_mixed_float16() -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = compiled()
        history = run(model, images(240)).history
        assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
        # Reported losses must not contain the loss scale.
        assert history[-1].losses["loss"] < history[0].losses["loss"] < 20
        assert history[-2].learning_rate == pytest.approx(
            learning_rate((history[-2].images - BATCH) / 240, 0.01, 0.1), rel=1e-4
        )
    finally:
        keras.config.set_dtype_policy(before)


def test_progress_is_written_and_read(uninterrupted: Uninterrupted, tmp_path: Path) -> None:
    saved = uninterrupted.saved[0]
    write_progress(saved, tmp_path / "progress.npz")
    again = read_progress(tmp_path / "progress.npz")
    assert again.history == saved.history
    assert (again.steps, again.images, again.seconds) == (3, 24, saved.seconds)
    for part in ("weights", "optimizer", "average"):
        for old, new in zip(getattr(saved, part), getattr(again, part), strict=True):
            np.testing.assert_array_equal(old, new)
