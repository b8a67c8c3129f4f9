"""The lower a layer, the smaller its steps."""

import keras
import numpy as np
import pytest

from crack_exp.training.layer_rates import slow_down


def bodies() -> tuple[keras.Model, keras.Model]:
    """Three layers that learn and one that does not, and the same with a head on top; all weights are 1."""
    inputs = keras.Input((1,))
    features = inputs
    for _ in range(3):
        features = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(features)
        features = keras.layers.ReLU()(features)
    head = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")(features)
    return keras.Model(inputs, features), keras.Model(inputs, head)


def moved(optimizer: keras.optimizers.Optimizer) -> list[float]:
    """How far a step takes each weight, from the bottom to the head, at a learning rate of 1 % at the bottom."""
    body, model = bodies()
    slow_down(optimizer, body, 0.01)
    model.compile(optimizer, loss="mse")
    model.train_on_batch(np.ones((4, 1)), np.zeros((4, 1)))
    return [1 - float(weight.item()) for weight in model.get_weights()]


@pytest.mark.parametrize("make", [keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.AdamW])
def test_steps_shrink_geometrically_towards_the_bottom(make: type[keras.optimizers.Optimizer]) -> None:
    steps = moved(make(learning_rate=0.01, weight_decay=0.0))
    assert steps == pytest.approx([steps[3] * factor for factor in (0.01, 0.1, 1, 1)], rel=1e-2)
    assert steps[3] >= 0.0099
