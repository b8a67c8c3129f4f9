"""The variables that training a compiled model needs besides its weights."""

from typing import Any

import keras


def make_variables(model: keras.Model, wanted: Any) -> None:
    """Make those of optimizer, loss and metrics now: made while TensorFlow traces the first step, they cost a second
    trace of it, seconds for a deep network.

    wanted: targets of one image.
    """
    model.optimizer.build(model.trainable_variables)
    given = keras.tree.map_structure(lambda output: keras.ops.zeros((1, *output.shape[1:])), model.output)
    model.compute_loss(y=wanted, y_pred=given)
    model.compute_metrics(None, wanted, given)
    model.reset_metrics()
