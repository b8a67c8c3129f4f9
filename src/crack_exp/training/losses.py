"""Losses and class weights for training."""

from typing import Any

import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight


def classification_loss(name: str, focal_gamma: float) -> keras.losses.Loss:
    """The loss of labels (N,) and probabilities (N, C).

    "cross_entropy"; or "focal", which weights an image by (1 - p) ** `focal_gamma`, where p is the probability of its
    label: well classified images count little (Lin and others 2017, Focal loss for dense object detection).
    """
    if name == "focal":
        return SparseFocalCrossentropy(focal_gamma)
    assert name == "cross_entropy"
    return keras.losses.SparseCategoricalCrossentropy()


class SparseFocalCrossentropy(keras.losses.CategoricalFocalCrossentropy):
    """Keras's focal loss for class indices. With gamma 0 it is the cross-entropy."""

    def __init__(self, gamma: float) -> None:
        super().__init__(alpha=1.0, gamma=gamma)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        labels = keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32")
        return super().call(keras.ops.one_hot(labels, y_pred.shape[-1]), y_pred)


def mean_loss(loss: keras.losses.Loss, labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The value of Keras's val_loss for images with `labels` (N,) and `probabilities` (N, C)."""
    return float(keras.ops.convert_to_numpy(loss(labels, probabilities.astype(np.float32))))


def class_weights(labels: np.ndarray, how: str) -> dict[int, float] | None:
    """{label: weight} of a training image. how: "none", or "balanced": the weights of each class have the same sum."""
    if how == "none":
        return None
    assert how == "balanced"
    classes = np.unique(labels)
    weights = compute_class_weight("balanced", classes=classes, y=labels)
    return {int(label): float(weight) for label, weight in zip(classes, weights, strict=True)}
