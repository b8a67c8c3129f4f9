"""All variables for training are created before the first step."""

import keras
import numpy as np

from crack_exp.model.variables import make_variables


def test_a_training_step_is_traced_once() -> None:
    traced: list[int] = []

    class Counted(keras.layers.Dense):
        def call(self, inputs: keras.KerasTensor, training: bool = False) -> keras.KerasTensor:
            if training and not isinstance(inputs, keras.KerasTensor):
                traced.append(1)
            return super().call(inputs)

    inputs = keras.Input((3,))
    model = keras.Model(inputs, Counted(2, activation="softmax")(inputs))
    model.compile(keras.optimizers.Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    make_variables(model, np.zeros(1, np.int32))
    model.fit(np.zeros((8, 3)), np.zeros(8, np.int32), batch_size=4, verbose=0)
    assert traced == [1]


def test_metrics_start_from_nothing() -> None:
    inputs = keras.Input((3,))
    outputs = {name: keras.layers.Dense(2, name=name)(inputs) for name in ("one", "other")}
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(), loss={"one": "mse", "other": "mse"}, metrics={"one": ["mae"]})
    make_variables(model, {name: np.ones((1, 2), np.float32) for name in outputs})
    assert model.metrics_variables and not any(np.any(variable.numpy()) for variable in model.metrics_variables)
