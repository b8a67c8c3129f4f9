"""Sets seeds, precision and devices for one run, and restores the previous state afterwards."""

import logging
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from crack_exp.system.errors import UserError
from crack_exp.system.quiet_tensorflow import quiet_start

Capability = tuple[int, int]


@dataclass(frozen=True)
class Devices:
    """The available devices, with TensorFlow's names, and the dtype policies that are fast on them.

    model: product names of the GPUs, empty on a CPU. precisions: float32 first.
    """

    names: list[str]
    model: str
    precisions: list[str]

    @property
    def are_gpus(self) -> bool:
        return bool(self.model)


@dataclass(frozen=True)
class Session:
    """The dtype policy of a run, and the devices that it uses, with TensorFlow's names."""

    precision: str
    devices: list[str]
    strategy: tf.distribute.Strategy

    @property
    def on_gpu(self) -> bool:
        return "GPU" in self.devices[0]


def find_devices() -> Devices:
    """The GPUs that TensorFlow can use, else the CPU."""
    with quiet_start():
        gpus = tf.config.list_physical_devices("GPU")
        _enable_memory_growth(gpus)
        names = [device.name for device in tf.config.list_logical_devices("GPU" if gpus else "CPU")]
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    model = ", ".join(one.get("device_name", "unknown GPU") for one in details)
    return Devices(names, model, allowed_precisions([one.get("compute_capability", (0, 0)) for one in details]))


def allowed_precisions(capabilities: list[Capability]) -> list[str]:
    """The dtype policies to try on GPUs with these CUDA compute capabilities; an empty list means a CPU.

    bfloat16 from 8.0 on, float16 from 7.0 on (tensor cores). TensorFlow has no fast float16 on a CPU.
    """
    if not capabilities:
        return ["float32", "mixed_bfloat16"]
    least_capability = {"mixed_bfloat16": (8, 0), "mixed_float16": (7, 0)}
    return ["float32", *(name for name, needed in least_capability.items() if min(capabilities) >= needed)]


@contextmanager
def session(*, precision: str, distribution: str, seed: int) -> Iterator[Session]:
    """Set seeds, precision (a dtype policy) and devices; restore the previous state at the end.

    TensorFlow's own seed cannot be read and is therefore not restored.
    Raises UserError if `distribution` needs devices that the machine lacks.
    """
    devices = find_devices()
    with ExitStack() as stack:
        stack.enter_context(_without_retracing_warnings())
        stack.enter_context(_dtype_policy(precision))
        stack.enter_context(_seeded(seed))
        strategy = choose_strategy(distribution, devices.names, devices.are_gpus)
        stack.enter_context(strategy.scope())
        yield Session(precision, devices.names[: strategy.num_replicas_in_sync], strategy)


def choose_strategy(requested: str, devices: list[str], are_gpus: bool) -> tf.distribute.Strategy:
    """The strategy for one device, or for mirroring the model on all of `devices`.

    Raises UserError if mirroring is requested and there is a single device.
    """
    if requested == "mirrored" and len(devices) < 2:
        raise UserError(
            f"runtime.distribution=mirrored: TensorFlow sees a single device, {devices[0]}; "
            "use runtime.distribution=auto"
        )
    if requested == "mirrored" or (requested == "auto" and are_gpus and len(devices) > 1):
        return tf.distribute.MirroredStrategy(devices)
    return tf.distribute.get_strategy()


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


@contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    # clear_session also resets the dtype policy, so call it before the policy is set.
    keras.utils.clear_session()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.utils.clear_session(free_memory=False)
        keras.config.set_dtype_policy(before)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
