"""From stores of images or features to batches: shuffled by seed and epoch, and augmented."""

import re
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from crack_exp.data.seeding import AUGMENTATION, seed_layers
from crack_exp.data.stores import Store


class Batches:
    """Batches of (images or features, labels int32) whose order and augmentation depend on seed and epoch alone.

    That makes an epoch, in which every image comes once, the same whether the run came to it in one go or was killed
    and resumed before. `layers` are Keras layers that change training images at random.

    Raises ValueError for a layer that cannot, and where `batch_size` leaves a device without images.
    """

    def __init__(
        self,
        store: Store,
        indices: np.ndarray,
        labels: np.ndarray,
        *,
        batch_size: int,
        seed: int,
        layers: Sequence[keras.Layer],
    ) -> None:
        self._seed, self._epoch, self._count, self._layers = seed, 0, len(indices), list(layers)
        check_layers(self._layers, store.shape)
        order = tf.data.Dataset.from_tensors(0).flat_map(lambda _: self._shuffled())
        self.dataset = _load(order, store, indices, labels, batch_size).map(self._augment).prefetch(2)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next pass over `dataset` is."""
        self._epoch = epoch
        seed_layers(self._layers, self._seed, epoch, AUGMENTATION)

    def _shuffled(self) -> tf.data.Dataset:
        # Asked anew at the start of every pass, after `set_epoch`.
        order = tf.numpy_function(self._order, [], tf.int64)
        return tf.data.Dataset.from_tensor_slices(tf.ensure_shape(order, (self._count,)))

    def _order(self) -> np.ndarray:
        return np.random.default_rng((self._seed, self._epoch)).permutation(self._count)

    def _augment(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return (_changed(images, self._layers) if self._layers else images), labels


def preview(images: np.ndarray, layers: Sequence[keras.Layer], *, seed: int, epochs: int) -> np.ndarray:
    """(N, epochs, S, S, 3) uint8: what `layers` make of `images` (N, S, S, 3) in the first epochs."""
    seen = []
    for epoch in range(epochs):
        seed_layers(layers, seed, epoch, AUGMENTATION)
        seen.append(_changed(tf.constant(images), layers).numpy())
    return np.stack(seen, axis=1)


def _changed(images: tf.Tensor, layers: Sequence[keras.Layer]) -> tf.Tensor:
    changed = tf.cast(images, tf.float32)
    for layer in layers:
        changed = layer(changed, training=True)
    return tf.cast(tf.clip_by_value(tf.round(changed), 0, 255), tf.uint8)


def check_layers(layers: Sequence[keras.Layer], shape: tuple[int, ...]) -> None:
    """Try every layer on a blank image: within tf.data it would fail later, and say so in many lines.

    Raises ValueError for one that fails, or does not keep the image's shape.
    """
    blank = np.zeros((1, *shape), np.float32)
    for position, layer in enumerate(layers):
        key, name = f"augment.layers[{position}]", type(layer).__name__
        try:
            given = tuple(layer(blank, training=True).shape)
        except Exception as error:  # whatever a layer can raise
            raise ValueError(f"{key}: {name} fails ({_reason(error)})") from error
        if given != blank.shape:
            raise ValueError(f"{key}: {name} gives {given[1:]} for an image of {blank.shape[1:]}; shapes must stay")


def _reason(error: Exception) -> str:
    """What Keras says in bold, without the frame and the arguments that it puts round it."""
    bold = re.search(r"\x1b\[1m(.*?)\x1b\[0m", str(error), re.DOTALL)
    return " ".join((bold[1] if bold else str(error)).split())


def in_order(store: Store, indices: np.ndarray, labels: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """Batches of (images, labels), every image once, as they come: for validation, test and prediction."""
    order = tf.data.Dataset.range(len(indices), output_type=tf.int32)
    return _load(order, store, indices, labels, batch_size).prefetch(2)


def _load(
    order: tf.data.Dataset, store: Store, indices: np.ndarray, labels: np.ndarray, batch_size: int
) -> tf.data.Dataset:
    """Batches of what stands at `order`, a dataset of positions in `indices` and `labels`."""
    indices, labels = np.asarray(indices, np.int64), np.asarray(labels, np.int32)

    def read(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return store[indices[positions]], labels[positions]

    def batch(positions: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, targets = tf.numpy_function(read, [positions], (store.dtype, tf.int32))
        images.set_shape((None, *store.shape))
        targets.set_shape((None,))
        return images, targets

    batch_size = share_among(tf.distribute.get_strategy().num_replicas_in_sync, len(indices), batch_size)
    count = -(-len(indices) // batch_size)
    options = tf.data.Options()
    # The images lie in this process: there are no files that several workers could share out.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    batches = order.batch(batch_size).map(batch).with_options(options)
    return batches.apply(tf.data.experimental.assert_cardinality(count))


def share_among(devices: int, images: int, batch_size: int) -> int:
    """The largest batch size up to `batch_size` whose last batch, too, has an image for every device.

    TensorFlow cuts each batch into equal parts, the last one as if it were whole; a device that is left without an
    image fails at its first BatchNormalization. Raises ValueError where there is no such batch size.
    """
    for size in range(batch_size, devices - 1, -1):
        last, share = images % size or size, size // devices
        if last > size - share:
            return size
    raise ValueError(
        f"training.batch_size={batch_size}: cannot share {images} images among {devices} devices; "
        "choose a larger one, or runtime.distribution=none"
    )
