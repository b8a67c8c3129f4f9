"""Which weights training changes, and that an interruption has no effect."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.classifier import HEAD, OUTPUT, add_head, batch_norms, build_backbone, to_deploy
from crack_exp.model.split_model import split_at
from crack_exp.training.callbacks import RECORD
from crack_exp.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from crack_exp.training.history import EpochRecord
from crack_exp.training.losses import classification_loss
from crack_exp.training.phase import Phase, PhaseData, PhaseStart, fit_phase, unfreeze

SIZE_PX = 32


@dataclass
class Fixed:
    """The same images in every epoch, dark ones of class 0 and light ones of class 1."""

    fed: Any

    def set_epoch(self, epoch: int) -> None:
        pass


def images(count: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(count) % 2
    noise = np.random.default_rng(0).integers(0, 80, (count, SIZE_PX, SIZE_PX, 3))
    return (noise + 120 * labels[:, None, None, None]).astype(np.uint8), labels


class Images(keras.utils.PyDataset):
    """Two batches of eight."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return images(8)


def tiny_backbone(input_tensor: Any, include_top: bool, weights: None) -> keras.Model:
    features = keras.layers.Conv2D(6, 3, strides=2, name="conv")(input_tensor)
    features = keras.layers.BatchNormalization(name="norm")(features)
    return keras.Model(
        keras.utils.get_source_inputs(input_tensor), keras.layers.ReLU(name="relu")(features), name="tiny"
    )


CROSS_ENTROPY = classification_loss("cross_entropy", focal_gamma=0)
COMMON: dict[str, Any] = {"setting": "optimizer", "loss": CROSS_ENTROPY, "patience": None}


def classifier(backbone: Callable[..., keras.Model] = tiny_backbone, dropout: float = 0.5) -> keras.Model:
    keras.utils.set_random_seed(3)
    body = build_backbone(
        backbone=backbone,
        rescaling=keras.layers.Rescaling(1 / 127.5, -1),
        weights="none",
        image_size_px=SIZE_PX,
        batch_norm_momentum=0.9,
    )
    return add_head(body, classes=2, dropout=dropout)


def phase(name: str = "head", epochs: int = 4, first: str = "pixels", learning_rate: float = 0.01) -> Phase:
    adam = keras.optimizers.Adam(learning_rate)
    return Phase(
        name, adam, epochs, first, setting="optimizer", train_batch_norm=True, loss=CROSS_ENTROPY, patience=None
    )


DATA = PhaseData(train=Fixed(Images()), validation=Images(), class_weights=None, seed=1)
START = PhaseStart(history=[], checkpoint=None, loss_to_beat=None)


def not_saved(checkpoint: Checkpoint) -> None:
    pass


def fit(
    model: keras.Model,
    what: Phase,
    *,
    patience: int | None = None,
    save: Callable[[Checkpoint], None] = not_saved,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    **start: Any,
) -> list[EpochRecord]:
    unfreeze(model, what)
    begins = replace(START, **start)
    return fit_phase(model, replace(what, patience=patience), DATA, begins, callbacks=callbacks, save=save)


class CollectRecords(keras.callbacks.Callback):
    """Collects the records in the logs of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[EpochRecord] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        self.records.append(logs[RECORD])


def test_fine_tuning_mobilenet_changes_no_moving_statistics() -> None:
    model = classifier(partial(keras.applications.MobileNetV2, alpha=0.35))
    before = [norm.get_weights() for norm in batch_norms(model)]
    kernel = model.get_layer("block_13_depthwise").get_weights()[0]
    head = model.get_layer(OUTPUT)  # with a head of zeros, the layers below would have no gradients
    head.set_weights([np.random.default_rng(0).normal(size=weight.shape) for weight in head.weights])
    rmsprop, first = keras.optimizers.RMSprop(1e-3), "block_11_expand_relu"
    upper = Phase("fine_tune", rmsprop, 1, first, train_batch_norm=False, **COMMON)
    fit(model, upper)
    assert len(before) == 52
    for norm, values in zip(batch_norms(model), before, strict=True):
        for old, new in zip(values, norm.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
    assert not np.array_equal(kernel, model.get_layer("block_13_depthwise").get_weights()[0])


def test_a_checkpoint_of_another_part_of_the_network_is_refused() -> None:
    saved: list[Checkpoint] = []
    fit(classifier(), phase(epochs=1), save=saved.append)
    whole = classifier()
    _, above = split_at(whole, HEAD)
    with pytest.raises(ValueError, match="^resume: that run trained another part of the network"):
        fit_phase(above, phase(), DATA, replace(START, checkpoint=saved[-1]), callbacks=[], save=not_saved)


def test_the_head_phase_does_not_change_the_backbone() -> None:
    model = classifier()
    before = model.get_layer("conv").get_weights()
    adam = keras.optimizers.Adam(0.01)
    fit(
        model,
        Phase("head", adam, 1, HEAD, train_batch_norm=False, **COMMON),
    )
    np.testing.assert_array_equal(before[0], model.get_layer("conv").get_weights()[0])


def test_from_scratch_the_moving_statistics_change() -> None:
    model = classifier()
    before = model.get_layer("norm").get_weights()[2]
    fit(model, phase(epochs=1))
    assert not np.array_equal(before, model.get_layer("norm").get_weights()[2])


def test_epochs_are_numbered_over_both_phases() -> None:
    model = classifier()
    collected = CollectRecords()
    head = fit(model, phase(epochs=2), callbacks=[collected])
    both = fit(model, phase("fine_tune", epochs=1, learning_rate=0.001), history=head, callbacks=[collected])
    assert [(record.epoch, record.phase) for record in both] == [(1, "head"), (2, "head"), (3, "fine_tune")]
    assert collected.records == both
    assert both[2].learning_rate == pytest.approx(0.001)
    assert all(np.isfinite([record.train_loss, record.val_loss]).all() for record in both)


def test_early_stopping_restores_the_best_weights() -> None:
    model = classifier()
    start = model.get_weights()
    # No epoch is better than a loss of zero, so the initial weights are the best.
    history = fit(model, phase(epochs=9), patience=2, loss_to_beat=0.0)
    assert len(history) == 2
    for old, new in zip(start, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


class Killed(Exception):
    pass


@pytest.mark.parametrize("patience", [None, 2])
@pytest.mark.parametrize("killed_after", [1, 3])
def test_a_resumed_phase_ends_like_an_uninterrupted_one(
    tmp_path: Path, killed_after: int, patience: int | None
) -> None:
    uninterrupted = classifier()
    expected = fit(uninterrupted, phase(), patience=patience)
    path = tmp_path / "checkpoint.npz"

    def save_then_die(checkpoint: Checkpoint) -> None:
        write_checkpoint(checkpoint, path)
        if len(checkpoint.history) == killed_after:
            raise Killed

    with pytest.raises(Killed):
        fit(classifier(), phase(), patience=patience, save=save_then_die)
    resumed = classifier()
    history = fit(resumed, phase(), patience=patience, checkpoint=read_checkpoint(path))
    assert [record.train_loss for record in history] == pytest.approx([record.train_loss for record in expected])
    for old, new in zip(uninterrupted.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(old, new, atol=1e-6)


def test_a_phase_that_stopped_early_is_not_trained_further(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    model = classifier()

    def save_then_die(checkpoint: Checkpoint) -> None:
        write_checkpoint(checkpoint, path)
        if checkpoint.stopped:
            raise Killed

    with pytest.raises(Killed):
        fit(model, phase(epochs=9), patience=2, loss_to_beat=0.0, save=save_then_die)
    resumed = classifier()
    start = resumed.get_weights()
    history = fit(resumed, phase(epochs=9), patience=2, loss_to_beat=0.0, checkpoint=read_checkpoint(path))
    assert len(history) == 2
    for old, new in zip(start, resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_failed_write_keeps_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint.npz"
    saved: list[Checkpoint] = []
    fit(classifier(), phase(epochs=1), save=saved.append)
    write_checkpoint(saved[0], path)
    whole = path.read_bytes()

    def breaks_off(file: Any, **arrays: Any) -> None:
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", breaks_off)
    with pytest.raises(OSError):
        write_checkpoint(saved[0], path)
    assert path.read_bytes() == whole


def test_under_mixed_float16_the_loss_is_scaled_and_the_saved_model_is_the_same_in_float32(tmp_path: Path) -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = classifier()
        history = fit(model, phase(epochs=2))
        assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
        assert model.get_layer("conv").compute_dtype == "float16"
        assert np.isfinite(history[-1].train_loss)
        to_deploy(model).save(tmp_path / "model.keras")
    finally:
        keras.config.set_dtype_policy(before)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    pixels, _ = images(4)
    assert {layer.compute_dtype for layer in loaded.layers if layer.weights} == {"float32"}
    np.testing.assert_allclose(loaded.predict(pixels, verbose=0), model.predict(pixels, verbose=0), atol=1e-2)
    for found, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert model.predict(pixels, verbose=0).dtype == np.float32
