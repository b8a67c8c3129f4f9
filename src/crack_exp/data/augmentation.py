"""Augmentation: random Keras layers applied to training images."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from crack_exp.data.image_store import Store
from crack_exp.data.seeding import AUGMENTATION, VIEW, seed_layers
from crack_exp.system.errors import UserError


def augmented(images: Any, layers: Sequence[keras.Layer]) -> Any:
    """uint8 `images` (N, S, S, 3) after `layers` in training mode: a tensor, again uint8."""
    seen = keras.ops.cast(images, "float32")
    for layer in layers:
        seen = layer(seen, training=True)
    return keras.ops.cast(keras.ops.clip(keras.ops.round(seen), 0, 255), "uint8")


def preview(images: np.ndarray, layers: Sequence[keras.Layer], *, seed: int, epochs: int) -> np.ndarray:
    """(N, epochs, S, S, 3) uint8: `images` (N, S, S, 3) as augmented by `layers` in the first epochs."""
    seen = []
    for epoch in range(epochs):
        seed_layers(layers, seed, epoch, AUGMENTATION)
        seen.append(keras.ops.convert_to_numpy(augmented(images, layers)))
    return np.stack(seen, axis=1)


class View:
    """A store with an augmented version of each image in another store.

    contents: an identifier for each image and this view. A batch with the same contents is always augmented in the
    same way. Raises UserError for a layer that cannot be applied to images.
    """

    def __init__(self, images: Store, contents: Sequence[str], layers: Sequence[keras.Layer], *, seed: int) -> None:
        check_layers(layers, images.shape)
        self.shape, self.dtype = images.shape, images.dtype
        self._images, self._contents, self._layers, self._seed = images, list(contents), layers, seed

    def __len__(self) -> int:
        return len(self._contents)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        batch = "".join(self._contents[index] for index in indices)
        draws = int.from_bytes(hashlib.sha256(batch.encode()).digest())
        seed_layers(self._layers, self._seed, draws, VIEW)
        return keras.ops.convert_to_numpy(augmented(self._images[indices], self._layers))


def check_layers(layers: Sequence[keras.Layer], shape: tuple[int, ...]) -> None:
    """Apply every layer to a black image, since errors inside tf.data come later and are hard to read.

    Raises UserError for a layer that fails or changes the image's shape.
    """
    blank = np.zeros((1, *shape), np.float32)
    for position, layer in enumerate(layers):
        key, name = f"augment.layers[{position}]", type(layer).__name__
        try:
            given = tuple(layer(blank, training=True).shape)
        except Exception as error:  # a layer can raise any error
            raise UserError(f"{key}: {name} fails ({_reason(error)})") from error
        if given != blank.shape:
            raise UserError(f"{key}: {name} gives {given[1:]} for an image of {blank.shape[1:]}; shapes must stay")


def _reason(error: Exception) -> str:
    """The bold part of Keras's message, without the traceback and arguments around it."""
    bold = re.search(r"\x1b\[1m(.*?)\x1b\[0m", str(error), re.DOTALL)
    return " ".join((bold[1] if bold else str(error)).split())
