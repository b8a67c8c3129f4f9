"""Backbones trained on paintings: a file with weights, the painter's classification head and a card.

The file is an .npz of arrays: `weights`, all weights of the body in order, flat, as float16; `head_kernel` and
`head_bias`, float32; `about`, JSON in UTF-8 with the network's name, the names and shapes of its weights, the head's
classes, and the card. Newer files also hold the heads for crack or not: `crack_kernel` and `crack_bias` for pooled
features, and the same with `crack_8`, `crack_16` and `crack_32` for the cells of crack maps.
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

HEAD, KERNEL, BIAS = "head", "_kernel", "_bias"


@dataclass(frozen=True)
class PaintedHead:
    """The classifier that the weights were trained with: softmax(pooled features @ kernel + bias).

    class_names: C of the painter's classes; kernel: (F, C) float32; bias: (C,) float32.
    """

    class_names: tuple[str, ...]
    kernel: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class CrackHead:
    """A head for crack or not that the weights were trained with: features @ kernel + bias is the logit of crack.

    kernel: (F,) float32, for the F channels of the pooled features, or of the layer that a crack map is computed from.
    """

    kernel: np.ndarray
    bias: float


@dataclass(frozen=True)
class PaintedFile:
    """The content of a file; `weights` are converted to float32. `crack_heads`: by name, empty in older files."""

    network: Network
    weights: list[np.ndarray]
    head: PaintedHead
    crack_heads: dict[str, CrackHead]
    card: dict[str, Any]


def write_painted(
    path: Path,
    body: keras.Model,
    head: PaintedHead,
    card: Mapping[str, Any],
    crack_heads: Mapping[str, CrackHead] | None = None,
) -> None:
    """Replace `path` atomically by a file with all weights of `body`, its heads, and `card`, any JSON values.

    crack_heads: by name; None for a body that was trained without them.

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
        HEAD + KERNEL: head.kernel.astype(np.float32),
        HEAD + BIAS: head.bias.astype(np.float32),
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
    }
    for name, crack_head in (crack_heads or {}).items():
        arrays[f"{name}{KERNEL}"] = crack_head.kernel.astype(np.float32)
        arrays[f"{name}{BIAS}"] = np.array(crack_head.bias, np.float32)
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


def read_crack_heads(path: Path) -> dict[str, CrackHead]:
    """The heads for crack or not in `path`, by name: `crack` of pooled features, `crack_8` and so on of maps.

    Raises UserError if there is no such file, it is damaged, or it was written before these heads were kept.
    """
    if not (heads := read_painted(path).crack_heads):
        raise UserError(
            f"model.weights={path}: holds no crack maps, since it was made before they were kept; "
            "make the weights again by python -m crack_exp.pretrain"
        )
    return heads


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
        about = json.loads(arrays["about"].tobytes())
        numbers = {name: arrays[name] for name in arrays.files if name != "about"}
    must_be(all(np.isfinite(array).all() for array in numbers.values()), "finite weights")
    network = Network(about["network"], tuple((path, tuple(shape)) for path, shape in about["shapes"]))
    weights = _in_shape(numbers.pop("weights"), network)
    head = PaintedHead(tuple(about["class_names"]), numbers.pop(HEAD + KERNEL), numbers.pop(HEAD + BIAS))
    names = [name.removesuffix(KERNEL) for name in numbers if name.endswith(KERNEL)]
    crack_heads = {name: CrackHead(numbers[name + KERNEL], float(numbers[name + BIAS])) for name in names}
    return PaintedFile(network, weights, head, crack_heads, about["card"])


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
