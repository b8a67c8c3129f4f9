"""Creates the variables of optimizer, loss and metrics of a compiled model."""

from typing import Any

import keras


def make_variables(model: keras.Model, targets: Any) -> None:
    """Create them before the first step. Otherwise TensorFlow creates them while it traces the first step, and has to
    trace it again, which takes seconds for a deep network.

    targets: the targets of one image.
    """
    model.optimizer.build(model.trainable_variables)
    given = keras.tree.map_structure(lambda output: keras.ops.zeros((1, *output.shape[1:])), model.output)
    model.compute_loss(y=targets, y_pred=given)
    model.compute_metrics(None, targets, given)
    model.reset_metrics()
