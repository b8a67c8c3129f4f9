"""A training that diverges ends at once; a step that 16 bits cannot take does not end it."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.training.checkpoint import Checkpoint
from crack_exp.training.divergence import Diverged
from tests.training.test_phase import classifier, fit, phase


class Spoil(keras.callbacks.Callback):
    """Puts NaN into a weight at the end of an epoch, as a step of the optimizer may after the loss was measured."""

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        norm = self.model.get_layer("norm")
        gamma, beta, mean, variance = norm.get_weights()
        norm.set_weights([gamma, beta, mean, np.full_like(variance, np.inf)])


def test_it_ends_in_the_first_epoch_whose_loss_is_no_number_and_nothing_is_saved() -> None:
    saved: list[Checkpoint] = []
    said = r"^optimizer.learning_rate=1e\+38: (val_)?loss is (nan|inf) in epoch 1 \(head\); start again"
    with pytest.raises(Diverged, match=said):
        fit(classifier(), phase(learning_rate=1e38), save=saved.append)
    assert saved == []


def test_the_epoch_is_counted_over_all_phases() -> None:
    model = classifier()
    head = fit(model, phase(epochs=2))
    with pytest.raises(Diverged, match=r"in epoch 3 \(fine_tune\); start again with a lower one$"):
        fit(model, phase("fine_tune", learning_rate=1e38), history=head)


def test_a_weight_that_is_no_number_ends_it_where_the_losses_look_well() -> None:
    # Divided by an infinite variance, all features are 0: the loss is that of a guess.
    with pytest.raises(Diverged, match=r"the weight norm/moving_variance is not finite in epoch 1 \(head\)"):
        fit(classifier(), phase(), callbacks=[Spoil()])


def test_steps_that_are_left_out_in_16_bits_do_not_end_it() -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = classifier()
    finally:
        keras.config.set_dtype_policy("float32")
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), initial_scale=2.0**100)
    before = model.get_weights()
    records = fit(model, replace(phase(), optimizer=scaled))
    assert len(records) == 4 and all(np.isfinite(record.val_loss) for record in records)
    kernel = next(index for index, weight in enumerate(model.weights) if weight.path.endswith("kernel"))
    np.testing.assert_array_equal(before[kernel], model.get_weights()[kernel])  # each step had too large a gradient
