"""A learning rate for each layer: the lower a layer, the less it may forget."""

import keras


def slow_down(optimizer: keras.optimizers.Optimizer, body: keras.Model, lowest: float) -> None:
    """Let the layers of `body` learn at `lowest` times the learning rate at the bottom and at all of it at the top.

    Between them the factor grows geometrically with each layer that learns; weights outside of `body` are left alone.
    Steps are made smaller rather than gradients, whose size Adam's steps do not depend on.
    """
    # There, an optimizer steps all variables at once and not by `update_step`.
    assert keras.backend.backend() != "torch"
    factors = _factors(body, lowest)
    step = optimizer.update_step

    def smaller_step(gradient: object, variable: object, learning_rate: float) -> None:
        step(gradient, variable, learning_rate * factors.get(id(variable), 1.0))

    optimizer.update_step = smaller_step


def _factors(body: keras.Model, lowest: float) -> dict[int, float]:
    """The factor of each variable, by the identity of what a backend hands to the optimizer."""
    learning = [layer for layer in body.layers if layer.trainable_variables]
    top = max(len(learning) - 1, 1)
    return {
        id(handed): lowest ** (1 - height / top)
        for height, layer in enumerate(learning)
        for variable in layer.trainable_variables
        for handed in (variable, variable.value)  # TensorFlow's own variable is the second
    }
