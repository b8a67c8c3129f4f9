"""The heads for crack or not of painted weights, on a network with these weights: a logit for each cell of an image."""

import keras
import numpy as np

from crack_exp.model.painted.file import CrackHead, PaintedHead
from crack_exp.model.painting_heads import CRACK, INTACT, STRIDES_PX, layer_of_stride, map_name

STRIDE_PX = {map_name(stride): stride for stride in STRIDES_PX}
FINE, COARSE = min(STRIDES_PX), max(STRIDES_PX)


def with_crack_heads(body: keras.Model, heads: dict[str, CrackHead]) -> keras.Model:
    """The logits of crack by name: `crack` (N,) of pooled features, `crack_8` (N, S/8, S/8) of cells, and so on.

    body: with the weights of the file that `heads` are of; images in, the last feature map out, for images of S pixels
    a side. Raises UserError if it has no layer with the stride of a head.
    """
    logits = {name: keras.ops.squeeze(_logits(body, name, heads), axis=-1) for name in heads}
    return keras.Model(body.inputs[0], logits)


def by_strongest_cell(body: keras.Model, head: PaintedHead, heads: dict[str, CrackHead]) -> keras.Model:
    """float32 probabilities (N, 5) of the painter's classes, where a single cell with a crack makes a cracked image.

    The probability of crack is that of the strongest cell of the coarsest map; `head` shares it out to the kinds of
    crack. From standard layers.
    """
    assert INTACT == 0, "the columns below are in this order"
    strongest = keras.layers.GlobalMaxPooling2D(name="strongest_cell")(_logits(body, map_name(COARSE), heads))
    crack = keras.layers.Activation("sigmoid", dtype="float32", name="crack_probability")(strongest)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooling")(body.output)
    kinds = keras.layers.Dense(len(head.class_names) - 1, activation="softmax", dtype="float32", name="kinds_of_crack")
    shares = kinds(pooled)
    kinds.set_weights([head.kernel[:, 1:], head.bias[1:]])
    # 1 - p, without its rounding.
    intact = keras.layers.Dense(1, activation="sigmoid", dtype="float32", name="intact_probability")
    of_intact = intact(strongest)
    intact.set_weights([np.array([[-1.0]]), np.zeros(1)])
    cracks = keras.layers.Multiply(dtype="float32", name="cracks")([shares, crack])
    outputs = keras.layers.Concatenate(dtype="float32", name="probabilities")([of_intact, cracks])
    return keras.Model(body.inputs[0], outputs, name=body.name)


def crack_lines(body: keras.Model, heads: dict[str, CrackHead]) -> keras.Model:
    """Where cracks run: float32 cells (N, S/8, S/8) in [0, 1], for images of S pixels a side, a multiple of 32.

    The geometric mean of the finest and of the coarsest map: the first one knows where, and takes pores for cracks; the
    second one sees enough around a place to tell them apart.
    """
    fine, coarse = (
        keras.layers.Activation("sigmoid", dtype="float32")(_logits(body, map_name(stride), heads))
        for stride in (FINE, COARSE)
    )
    enlarged = keras.layers.UpSampling2D(COARSE // FINE, dtype="float32")(coarse)
    both = keras.layers.Multiply(dtype="float32")([fine, enlarged])
    return keras.Model(body.inputs[0], keras.ops.sqrt(keras.ops.squeeze(both, axis=-1)))


def _logits(body: keras.Model, name: str, heads: dict[str, CrackHead]) -> keras.KerasTensor:
    """(N, H, W, 1), or (N, 1) of pooled features."""
    if name == CRACK:
        features = keras.layers.GlobalAveragePooling2D()(body.output)
    else:
        features = layer_of_stride(body, STRIDE_PX[name]).output
    linear = keras.layers.Dense(1, dtype="float32")
    logits = linear(features)
    linear.set_weights([heads[name].kernel[:, None], np.array([heads[name].bias])])
    return logits
