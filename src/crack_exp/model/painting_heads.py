"""The heads for pretraining on paintings: classes, crack or not, and crack maps at three strides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from crack_exp import painter
from crack_exp.model.variables import make_variables
from crack_exp.painter.stream import Paintings, blank_paintings
from crack_exp.painter.stream_record import MASK_STRIDE_PX
from crack_exp.system.errors import UserError

INTACT = painter.CLASS_NAMES.index("intact")
STRIDES_PX = (8, 16, 32)
CLASSES, CRACK = "classes", "crack"
"""Names of outputs; the crack maps are `crack_8`, `crack_16` and `crack_32`."""

# A cell counts as crack from this area on, in pixels, per pixel of its side: that of a crack through the whole cell
# with a width of a quarter of a pixel. With a fixed share of the cell, large cells would miss hairlines.
CRACK_PX_PER_SIDE_PX = 0.25
# The loaded statistics belong to other images. With Keras's momentum of 0.999 they would change over a thousand steps;
# with 0.99 over a hundred. The moving average of the weights and statistics removes the noise.
TRAINED_BATCH_NORM_MOMENTUM = 0.99


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses. `crack_cell`: weight of a cell with crack in the loss of its map; other cells have 1."""

    classes: float
    crack: float
    crack_maps: float
    crack_cell: float


def build_pretraining(body: keras.Model) -> keras.Model:
    """Class probabilities (N, 5), a logit of crack (N, 1), logits of maps (N, S/stride, S/stride).

    All are heads of `body`. The logit of crack is linear in the pooled features, so that thin and wide cracks have a
    common direction, which a logistic regression on frozen features can use.
    Raises UserError if `body` has no layer with one of the strides.
    """
    pooled = keras.layers.GlobalAveragePooling2D(name="pooling")(body.output)
    classes = keras.layers.Dense(len(painter.CLASS_NAMES), activation="softmax", dtype="float32", name=CLASSES)
    crack = keras.layers.Dense(1, dtype="float32", name=CRACK)
    outputs = {CLASSES: classes(pooled), CRACK: crack(pooled)}
    outputs |= {map_name(stride): _crack_map(body, stride) for stride in STRIDES_PX}
    return keras.Model(body.inputs[0], outputs, name=body.name)


def compile_pretraining(model: keras.Model, optimizer: keras.optimizers.Optimizer, weights: LossWeights) -> None:
    """Compile with the weighted losses. With mixed_float16, Keras scales the loss."""
    maps = [map_name(stride) for stride in STRIDES_PX]
    losses: dict[str, object] = {CLASSES: "sparse_categorical_crossentropy"}
    losses[CRACK] = keras.losses.BinaryCrossentropy(from_logits=True)
    losses |= dict.fromkeys(maps, weighted_cross_entropy(weights.crack_cell))
    shares = {CLASSES: weights.classes, CRACK: weights.crack}
    shares |= dict.fromkeys(maps, weights.crack_maps / len(maps))
    # Weight decay is meant for kernels; scales and offsets should not be pulled towards 0.
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    model.compile(optimizer, loss=losses, loss_weights=shares)
    make_variables(model, targets(blank_paintings(1, model.input_shape[1])))


def map_name(stride_px: int) -> str:
    return f"crack_{stride_px}"


def map_layer(stride_px: int) -> str:
    """The name of the convolution that computes the map's logits."""
    return f"{map_name(stride_px)}_logits"


def targets(paintings: Paintings) -> dict[str, np.ndarray]:
    """The targets of the outputs: labels (N,), crack or not (N, 1), maps (N, S/stride, S/stride)."""
    is_crack = (paintings.labels != INTACT).astype(np.float32)[:, None]
    maps = {map_name(stride): crack_cells(paintings.masks, stride) for stride in STRIDES_PX}
    return {CLASSES: paintings.labels, CRACK: is_crack} | maps


def crack_cells(masks: np.ndarray, stride_px: int) -> np.ndarray:
    """1 for each cell of a crack map with an area of crack of at least CRACK_PX_PER_SIDE_PX times its side, else 0."""
    side = stride_px // MASK_STRIDE_PX
    count, cells = len(masks), masks.shape[1] // side
    area_px = masks.reshape(count, cells, side, cells, side).sum(axis=(2, 4), dtype=np.float32)
    area_px *= MASK_STRIDE_PX**2 / 255
    return (area_px >= CRACK_PX_PER_SIDE_PX * stride_px).astype(np.float32)


def weighted_cross_entropy(crack_weight: float) -> Callable[..., object]:
    """Binary cross-entropy of logits (N, H, W), in nats; cells with crack have the weight `crack_weight`."""

    def loss(crack: Any, logits: Any) -> Any:
        missed, false = keras.ops.softplus(-logits), keras.ops.softplus(logits)
        return keras.ops.mean(crack_weight * crack * missed + (1 - crack) * false, axis=(1, 2))

    return loss


def layer_of_stride(body: keras.Model, stride_px: int) -> keras.Layer:
    """The last layer of `body` with cells of `stride_px`, which a crack map is computed from.

    Raises UserError if there is none.
    """
    size_px = body.input_shape[1]
    cells = size_px // stride_px
    found = [layer for layer in body.layers if tuple(layer.output.shape[1:3]) == (cells, cells)]
    if not found:
        raise UserError(f"model.backbone: {body.name} has no layer of {cells}x{cells} cells for images of {size_px} px")
    return found[-1]


def _crack_map(body: keras.Model, stride_px: int) -> Any:
    """Logits of the cells of `stride_px`."""
    features = layer_of_stride(body, stride_px).output
    logits = keras.layers.Conv2D(1, 1, dtype="float32", name=map_layer(stride_px))(features)
    return keras.layers.Reshape(features.shape[1:3], dtype="float32", name=map_name(stride_px))(logits)
