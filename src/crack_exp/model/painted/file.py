"""Backbones trained on paintings: a file with weights, the painter's classification head and a card.

The file is an .npz of four arrays: `weights`, all weights of the body in order, flat, as float16; `head_kernel` and
`head_bias`, float32; `about`, JSON in UTF-8 with the network's name, the names and shapes of its weights, the head's
classes, and the card.
"""

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_exp.model.painted.network import Network, network_of
from crack_exp.system.errors import UserError
from crack_exp.system.files import atomic_file
from crack_exp.system.own_files import must_be


@dataclass(frozen=True)
class PaintedHead:
    """The classifier that the weights were trained with: softmax(pooled features @ kernel + bias).

    class_names: C of the painter's classes; kernel: (F, C) float32; bias: (C,) float32.
    """

    class_names: tuple[str, ...]
    kernel: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class PaintedFile:
    """The content of a file; `weights` are converted to float32."""

    network: Network
    weights: list[np.ndarray]
    head: PaintedHead
    card: dict[str, Any]


def write_painted(path: Path, body: keras.Model, head: PaintedHead, card: Mapping[str, Any]) -> None:
    """Replace `path` atomically by a file with all weights of `body`, its head, and `card`, any JSON values.

    The same content gives the same bytes. Raises UserError if float16 cannot represent a weight.
    """
    assert head.kernel.shape == (body.output_shape[-1], len(head.class_names))
    assert head.bias.shape == (len(head.class_names),)
    network = network_of(body)
    about = {
        "network": network.name,
        "shapes": network.shapes,
        "class_names": head.class_names,
        "card": dict(card),
    }
    arrays = {
        "weights": _in_16_bits(body),
        "head_kernel": head.kernel.astype(np.float32),
        "head_bias": head.bias.astype(np.float32),
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_painted(body: keras.Model, path: Path) -> None:
    """Give `body` the weights in `path`.

    Raises UserError if there is no such file, it is damaged, or it is for another architecture or width.
    """
    content, network = read_painted(path), network_of(body)
    if content.network.key != network.key:
        raise UserError(
            f"model.weights={path}: made for {content.network}, and this model is {network}; "
            "choose the model that they were made for, or other weights"
        )
    body.set_weights(content.weights)


def read_head(path: Path) -> PaintedHead:
    """The head in `path`. Raises UserError if there is no such file, or it is damaged."""
    return read_painted(path).head


def read_card(path: Path) -> dict[str, Any]:
    """The card in `path`. Raises UserError if there is no such file, or it is damaged."""
    return read_painted(path).card


def read_painted(path: Path) -> PaintedFile:
    """The content of `path`. Raises UserError if there is no such file, or it is damaged."""
    if not path.is_file():
        raise UserError(f"model.weights={path}: no such file; check the path")
    content = path.read_bytes()
    try:
        return _parsed(content)
    except Exception as error:  # a damaged zip file can raise many kinds of errors
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(
            f"model.weights={path}: a damaged file, or not one that crack_exp.pretrain wrote ({reason}); "
            "delete it, and copy or create it again"
        ) from error


def _parsed(content: bytes) -> PaintedFile:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        flat, kernel, bias = (arrays[name] for name in ("weights", "head_kernel", "head_bias"))
        about = json.loads(arrays["about"].tobytes())
    must_be(all(np.isfinite(array).all() for array in (flat, kernel, bias)), "finite weights")
    network = Network(about["network"], tuple((path, tuple(shape)) for path, shape in about["shapes"]))
    return PaintedFile(
        network, _in_shape(flat, network), PaintedHead(tuple(about["class_names"]), kernel, bias), about["card"]
    )


def _in_shape(flat: np.ndarray, network: Network) -> list[np.ndarray]:
    """The list of weights, from the flat array of all weights."""
    ends = np.cumsum([math.prod(shape) for _, shape in network.shapes])
    parts = np.split(flat.astype(np.float32), ends[:-1])
    return [part.reshape(shape) for part, (_, shape) in zip(parts, network.shapes, strict=True)]


def _in_16_bits(body: keras.Model) -> np.ndarray:
    """All weights as a flat float16 array. Values that are too small become 0, which is negligible."""
    values = body.get_weights()
    for weight, value in zip(body.weights, values, strict=True):
        largest = float(np.abs(value).max())
        if not largest <= float(np.finfo(np.float16).max):  # written so that it is also true for NaN
            raise UserError(
                f"{weight.path}: a weight of {largest:g} is too large for 16 bits; training has diverged, "
                "use a smaller learning rate"
            )
    return np.concatenate([value.ravel() for value in values]).astype(np.float16)
