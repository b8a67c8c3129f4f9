"""Batches of images or features from stores: shuffled by seed and epoch, augmented, and read ahead by a thread."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import keras
import numpy as np

from crack_exp.data.augmentation import augmented, check_layers
from crack_exp.data.image_store import Store
from crack_exp.data.seeding import AUGMENTATION, seed_layers
from crack_exp.runtime.backend import backend
from crack_exp.system.errors import UserError
from crack_exp.system.prefetch import read_ahead

Batch = tuple[Any, np.ndarray]

BATCHES_AHEAD = 2


class InOrder(keras.utils.PyDataset):
    """Batches of (images or features, labels int32), each image once, in the given order: to validate and to predict.

    Batches are read in order, by a thread of their own, ahead of their use. Keras is given `fed`.
    Raises UserError if `batch_size` leaves a device without images.
    """

    layers: Sequence[keras.Layer] = ()

    def __init__(self, store: Store, indices: np.ndarray, labels: np.ndarray, *, batch_size: int) -> None:
        super().__init__()
        self.shape, self.dtype = store.shape, store.dtype
        self._store, self._batch_size = store, backend().shared_batch_size(len(indices), batch_size)
        self._indices, self._labels = np.asarray(indices, np.int64), np.asarray(labels, np.int32)
        # One thread for all passes: what is left of a pass that was broken off is over before the next one begins.
        self._thread, self._pass, self._next = ThreadPoolExecutor(1), iter(list[Batch]()), 0
        self._planned = self.plan()

    def __len__(self) -> int:
        return -(-len(self._indices) // self._batch_size)

    @property
    def fed(self) -> Any:
        """The batches as the backend reads them fastest."""
        return backend().feed(self)

    def __getitem__(self, number: int) -> Batch:
        """The batch of this number. Keras asks for them in order, and may look at the first ones before it begins."""
        if number == 0 or number != self._next:
            self._pass = read_ahead((partial(self._made, one) for one in range(len(self))), self._thread, BATCHES_AHEAD)
            for _ in range(number):
                next(self._pass)
        self._next = number + 1
        return next(self._pass)

    def plan(self) -> tuple[Store, np.ndarray]:
        """The store of a pass, and its order: positions in `indices`."""
        return self._store, np.arange(len(self._indices))

    def unchanged(self, number: int) -> Batch:
        """A batch as it is stored. The first one begins a pass."""
        if number == 0:
            self._planned = self.plan()
        store, order = self._planned
        positions = order[number * self._batch_size : (number + 1) * self._batch_size]
        return store[self._indices[positions]], self._labels[positions]

    def changed(self, images: Any) -> Any:
        """Images after the layers, a tensor where there are layers."""
        return augmented(images, self.layers) if self.layers else images

    def _made(self, number: int) -> Batch:
        images, labels = self.unchanged(number)
        return self.changed(images), labels


class Batches(InOrder):
    """Batches whose order and augmentation depend on seed and epoch only.

    Therefore an epoch is the same in a resumed run and in one that was never interrupted. An epoch contains every image
    once. Epochs use `stores` in turn; these hold different augmented versions of the same images. `layers` are Keras
    layers that augment training images, on the device that Keras computes on.

    Raises UserError for a layer that cannot be applied to images, and if `batch_size` leaves a device without images.
    """

    def __init__(
        self,
        stores: Sequence[Store],
        indices: np.ndarray,
        labels: np.ndarray,
        *,
        batch_size: int,
        seed: int,
        layers: Sequence[keras.Layer],
    ) -> None:
        self._stores, self._seed, self._epoch, self.layers = list(stores), seed, 0, list(layers)
        check_layers(self.layers, stores[0].shape)
        super().__init__(stores[0], indices, labels, batch_size=batch_size)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass."""
        self._epoch = epoch

    def plan(self) -> tuple[Store, np.ndarray]:
        """Of the epoch that is set. It seeds the layers, too: a pass draws the same numbers whatever came before it."""
        seed_layers(self.layers, self._seed, self._epoch, AUGMENTATION)
        order = np.random.default_rng((self._seed, self._epoch)).permutation(len(self._indices))
        return self._stores[self._epoch % len(self._stores)], order


@contextmanager
def reading_errors_raised() -> Iterator[None]:
    """Inside, a UserError of a store is raised by whoever uses its batches; TensorFlow would only quote it."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if quoted := re.search(r"UserError: (.*)", str(error)):
            raise UserError(quoted[1]) from error
        raise
