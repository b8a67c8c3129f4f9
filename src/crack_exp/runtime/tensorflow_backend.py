"""TensorFlow: its devices, its strategies, and batches by tf.data."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import tensorflow as tf

from crack_exp.runtime.devices import Devices, allowed_precisions, cannot_share, is_mirrored
from crack_exp.system.quiet_start import quiet_start

NAME = "TensorFlow"


def find_devices() -> Devices:
    with quiet_start():
        gpus = tf.config.list_physical_devices("GPU")
        _enable_memory_growth(gpus)
        names = [device.name for device in tf.config.list_logical_devices("GPU" if gpus else "CPU")]
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    model = ", ".join(one.get("device_name", "unknown GPU") for one in details)
    return Devices(names, model, allowed_precisions([one.get("compute_capability", (0, 0)) for one in details]))


@contextmanager
def distributed(requested: str, devices: Devices) -> Iterator[list[str]]:
    strategy = _strategy(requested, devices)
    with _without_retracing_warnings(), strategy.scope():
        yield devices.names[: strategy.num_replicas_in_sync]


def _strategy(requested: str, devices: Devices) -> tf.distribute.Strategy:
    if is_mirrored(requested, devices, NAME):
        return tf.distribute.MirroredStrategy(devices.names)
    return tf.distribute.get_strategy()


def shared_batch_size(images: int, batch_size: int) -> int:
    """The largest one with which the last batch also has an image for every device."""
    return share_among(int(tf.distribute.get_strategy().num_replicas_in_sync), images, batch_size)


def share_among(devices: int, images: int, batch_size: int) -> int:
    """The largest batch size up to `batch_size` with which the last batch also has an image for every device.

    TensorFlow divides each batch into equal parts, the last batch as if it were full. A device without an image fails
    at its first BatchNormalization. Raises UserError if there is no such batch size.
    """
    for size in range(batch_size, devices - 1, -1):
        last, share = images % size or size, size // devices
        if last > size - share:
            return size
    raise cannot_share(images, batch_size, devices)


def seed_dropout(seed: int) -> None:
    """Its layers have generators of their own."""


def feed(batches: Any) -> Any:
    """A tf.data.Dataset: in steps of a few milliseconds a plain generator takes a fifth more time.

    On a GPU, `batches` with layers stay as they are: tf.data would augment on the CPU.
    """
    if batches.layers and tf.config.list_logical_devices("GPU"):
        return batches
    images, labels = tf.TensorSpec((None, *batches.shape), batches.dtype), tf.TensorSpec((None,), tf.int32)

    def read(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pixels, targets = tf.numpy_function(batches.unchanged, [number], (images.dtype, labels.dtype))
        return tf.ensure_shape(pixels, images.shape), tf.ensure_shape(targets, labels.shape)

    options = tf.data.Options()
    # The images are in this process: there are no files to distribute among workers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    # There is nothing to tune, and TensorFlow's tuning thread delays the end of an iterator by up to 10 s.
    options.autotune.enabled = False
    dataset = tf.data.Dataset.range(len(batches)).map(read).with_options(options)
    if batches.layers:
        dataset = dataset.map(lambda pixels, targets: (batches.changed(pixels), targets))
    return dataset.prefetch(2)


def _enable_memory_growth(gpus: list[tf.config.PhysicalDevice]) -> None:
    """Let TensorFlow allocate GPU memory as needed, and leave the rest to other processes."""
    # In a notebook TensorFlow may be initialised already; then the setting cannot be changed.
    with suppress(RuntimeError):
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)


@contextmanager
def _without_retracing_warnings() -> Iterator[None]:
    """Hide TensorFlow's warnings of retracing: several runs in a process trace several networks, as they should."""
    logger = tf.get_logger()
    logger.addFilter(_is_no_retracing_warning)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_retracing_warning)


def _is_no_retracing_warning(record: logging.LogRecord) -> bool:
    return "tf.function retracing" not in str(record.msg)
