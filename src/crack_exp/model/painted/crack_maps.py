"""The heads for crack or not of painted weights, on a network with these weights: a logit for each cell of an image."""

import keras
import numpy as np

from crack_exp.model.painted.file import CrackHead
from crack_exp.model.painting_heads import CRACK, STRIDES_PX, layer_of_stride, map_name

STRIDE_PX = {map_name(stride): stride for stride in STRIDES_PX}


def with_crack_heads(body: keras.Model, heads: dict[str, CrackHead]) -> keras.Model:
    """The logits of crack by name: `crack` (N,) of pooled features, `crack_8` (N, S/8, S/8) of cells, and so on.

    body: with the weights of the file that `heads` are of; images in, the last feature map out, for images of S pixels
    a side. Raises UserError if it has no layer with the stride of a head.
    """
    return keras.Model(body.inputs[0], {name: _logits(body, name, head) for name, head in heads.items()})


def _logits(body: keras.Model, name: str, head: CrackHead) -> keras.KerasTensor:
    if name == CRACK:
        features = keras.layers.GlobalAveragePooling2D(name=f"{name}_pooling")(body.output)
    else:
        features = layer_of_stride(body, STRIDE_PX[name]).output
    linear = keras.layers.Dense(1, dtype="float32", name=name)
    logits = linear(features)
    linear.set_weights([head.kernel[:, None], np.array([head.bias])])
    return keras.ops.squeeze(logits, axis=-1)
