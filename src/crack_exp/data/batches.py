"""Batches of images or features from stores: shuffled by seed and epoch, and augmented."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from crack_exp.data.augmentation import augmented, check_layers
from crack_exp.data.image_store import Store
from crack_exp.data.seeding import AUGMENTATION, seed_layers
from crack_exp.system.errors import UserError


class Batches:
    """Batches of (images or features, labels int32) whose order and augmentation depend on seed and epoch only.

    Therefore an epoch is the same in a resumed run and in one that was never interrupted. An epoch contains every image
    once. Epochs use `stores` in turn; these hold different augmented versions of the same images. `layers` are Keras
    layers that augment training images.

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
        self._seed, self._epoch, self._count, self._layers = seed, 0, len(indices), list(layers)
        self._stores = list(stores)
        check_layers(self._layers, self._store().shape)
        order = tf.data.Dataset.from_tensors(0).flat_map(lambda _: self._shuffled())
        self.dataset = _load(order, self._store, indices, labels, batch_size).map(self._augment).prefetch(2)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next pass over `dataset`."""
        self._epoch = epoch
        seed_layers(self._layers, self._seed, epoch, AUGMENTATION)

    def _store(self) -> Store:
        return self._stores[self._epoch % len(self._stores)]

    def _shuffled(self) -> tf.data.Dataset:
        # Evaluated at the start of every pass, after `set_epoch`.
        order = tf.numpy_function(self._order, [], tf.int64)
        return tf.data.Dataset.from_tensor_slices(tf.ensure_shape(order, (self._count,)))

    def _order(self) -> np.ndarray:
        return np.random.default_rng((self._seed, self._epoch)).permutation(self._count)

    def _augment(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return (augmented(images, self._layers) if self._layers else images), labels


def in_order(store: Store, indices: np.ndarray, labels: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """Batches of (images, labels), every image once, in the given order: for validation, test and prediction."""
    order = tf.data.Dataset.range(len(indices), output_type=tf.int32)
    return _load(order, lambda: store, indices, labels, batch_size).prefetch(2)


@contextmanager
def reading_errors_raised() -> Iterator[None]:
    """Inside, a UserError of a store is raised by whoever uses its batches; TensorFlow would only quote it."""
    try:
        yield
    except tf.errors.OpError as error:
        if quoted := re.search(r"UserError: (.*)", error.message):
            raise UserError(quoted[1]) from error
        raise


def _load(
    order: tf.data.Dataset, store: Callable[[], Store], indices: np.ndarray, labels: np.ndarray, batch_size: int
) -> tf.data.Dataset:
    """Batches of images and labels at `order`, a dataset of positions in `indices` and `labels`.

    store: called for every batch; returns the store to read.
    """
    indices, labels = np.asarray(indices, np.int64), np.asarray(labels, np.int32)

    def read(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return store()[indices[positions]], labels[positions]

    def batch(positions: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, targets = tf.numpy_function(read, [positions], (store().dtype, tf.int32))
        images.set_shape((None, *store().shape))
        targets.set_shape((None,))
        return images, targets

    batch_size = share_among(tf.distribute.get_strategy().num_replicas_in_sync, len(indices), batch_size)
    count = -(-len(indices) // batch_size)
    options = tf.data.Options()
    # The images are in this process: there are no files to distribute among workers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    # There is nothing to tune, and TensorFlow's tuning thread delays the end of an iterator by up to 10 s.
    options.autotune.enabled = False
    batches = order.batch(batch_size).map(batch).with_options(options)
    return batches.apply(tf.data.experimental.assert_cardinality(count))


def share_among(devices: int, images: int, batch_size: int) -> int:
    """The largest batch size up to `batch_size` with which the last batch also has an image for every device.

    TensorFlow divides each batch into equal parts, the last batch as if it were full. A device without an image fails
    at its first BatchNormalization. Raises UserError if there is no such batch size.
    """
    for size in range(batch_size, devices - 1, -1):
        last, share = images % size or size, size // devices
        if last > size - share:
            return size
    raise UserError(
        f"training.batch_size={batch_size}: cannot divide {images} images among {devices} devices; "
        "choose a larger one, or runtime.distribution=none"
    )
