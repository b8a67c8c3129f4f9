"""Batch normalisation in training with TensorFlow's fused kernel: the same results in about half the time per step.

Keras 3 uses separate operations, each of which reads and writes the whole activation; on a CPU they take as long as all
convolutions of a MobileNetV2 (`benchmarks/batch_norm.py`).
"""

from typing import Any

import keras


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer over the last axis of (N, H, W, C), with one kernel for training in float32. TensorFlow only."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not (training and self.trainable and mask is None and self.compute_dtype == "float32"):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.size(inputs) / tf.size(mean), variance.dtype)
        self._update_average(self.moving_mean, mean)
        # The variance of the kernel is divided by N - 1, that of Keras by N.
        self._update_average(self.moving_variance, variance * (count - 1) / count)
        return outputs

    def _update_average(self, statistic: keras.Variable, batch_value: Any) -> None:
        statistic.assign(statistic * self.momentum + batch_value * (1.0 - self.momentum))


def with_fused_batch_norm(body: keras.Model) -> keras.Model:
    """A copy of `body` with its weights, which trains faster; with other backends than TensorFlow, `body` itself."""
    if keras.backend.backend() != "tensorflow":
        return body
    copy = keras.models.clone_model(body, clone_function=_clone)
    copy.set_weights(body.get_weights())
    return copy


def _clone(layer: keras.Layer) -> keras.Layer:
    kind = FusedBatchNormalization if isinstance(layer, keras.layers.BatchNormalization) else type(layer)
    return kind.from_config(layer.get_config())
