"""BatchNormalization in training by TensorFlow's fused kernel: the same figures from about half as long a step.

Keras 3 makes it of single operations, each of which reads and writes the whole activation; on a CPU they take as long
as all the convolutions of a MobileNetV2 (`benchmarks/batch_norm.py`).
"""

from typing import Any

import keras


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras's layer over the last axis of (N, H, W, C), whose training in 32 bits is one kernel. TensorFlow only."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not (training and self.trainable and mask is None and self.compute_dtype == "float32"):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.size(inputs) / tf.size(mean), variance.dtype)
        self._follow(self.moving_mean, mean)
        self._follow(self.moving_variance, variance * (count - 1) / count)  # the kernel's is of a sample, not of all
        return outputs

    def _follow(self, statistic: keras.Variable, of_batch: Any) -> None:
        statistic.assign(statistic * self.momentum + of_batch * (1.0 - self.momentum))


def with_fused_batch_norm(body: keras.Model) -> keras.Model:
    """A copy of `body` with its weights, which trains faster; `body` itself where the backend is not TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        return body
    copy = keras.models.clone_model(body, clone_function=_clone)
    copy.set_weights(body.get_weights())
    return copy


def _clone(layer: keras.Layer) -> keras.Layer:
    kind = FusedBatchNormalization if isinstance(layer, keras.layers.BatchNormalization) else type(layer)
    return kind.from_config(layer.get_config())
