"""The global state of one run: seeds, precision, devices. Set for the run, given back afterwards."""

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
    """What there is to compute with: the names that TensorFlow gives, and which dtype policies run well there.

    model: the GPUs' own names, empty on a CPU. precisions: float32 first.
    """

    names: list[str]
    model: str
    precisions: list[str]

    @property
    def are_gpus(self) -> bool:
        return bool(self.model)


@dataclass(frozen=True)
class Session:
    """What a run computes with: the dtype policy, and the devices in use as TensorFlow names them."""

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
        _let_memory_grow(gpus)
        names = [device.name for device in tf.config.list_logical_devices("GPU" if gpus else "CPU")]
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    model = ", ".join(one.get("device_name", "unknown GPU") for one in details)
    return Devices(names, model, allowed_precisions([one.get("compute_capability", (0, 0)) for one in details]))


def allowed_precisions(capabilities: list[Capability]) -> list[str]:
    """The dtype policies worth trying on GPUs of these CUDA compute capabilities; none of them means a CPU.

    bfloat16 from 8.0 on, float16 from 7.0 on, where there are tensor cores. On a CPU, TensorFlow has no quick float16.
    """
    if not capabilities:
        return ["float32", "mixed_bfloat16"]
    of_capability = {"mixed_bfloat16": (8, 0), "mixed_float16": (7, 0)}
    return ["float32", *(name for name, needed in of_capability.items() if min(capabilities) >= needed)]


@contextmanager
def session(*, precision: str, distribution: str, seed: int) -> Iterator[Session]:
    """Seed everything, set precision (a dtype policy) and devices; on leaving, the process is as it was before.

    All but TensorFlow's own seed, which it tells nobody: that stays the run's.
    Raises UserError where `distribution` asks for devices that the machine lacks.
    """
    devices = find_devices()
    with ExitStack() as stack:
        stack.enter_context(_retracing_untold())
        stack.enter_context(_dtype_policy(precision))
        stack.enter_context(_seeded(seed))
        strategy = choose_strategy(distribution, devices.names, devices.are_gpus)
        stack.enter_context(strategy.scope())
        yield Session(precision, devices.names[: strategy.num_replicas_in_sync], strategy)


def choose_strategy(requested: str, devices: list[str], are_gpus: bool) -> tf.distribute.Strategy:
    """One model on one device, or mirrored on all of `devices`.

    Raises UserError where mirroring is asked for and there is nothing to mirror to.
    """
    if requested == "mirrored" and len(devices) < 2:
        raise UserError(
            f"runtime.distribution=mirrored: TensorFlow sees a single device, {devices[0]}; "
            "use runtime.distribution=auto"
        )
    if requested == "mirrored" or (requested == "auto" and are_gpus and len(devices) > 1):
        return tf.distribute.MirroredStrategy(devices)
    return tf.distribute.get_strategy()


def _let_memory_grow(gpus: list[tf.config.PhysicalDevice]) -> None:
    """Leave the rest of the GPUs' memory to others."""
    # In a notebook TensorFlow may have started before, and cannot change its mind.
    with suppress(RuntimeError):
        for gpu in gpus:
            tf.config.experimental.set_memory_growth(gpu, True)


@contextmanager
def _retracing_untold() -> Iterator[None]:
    """Each run of a process makes networks of its own, which TensorFlow takes for one that is traced too often."""
    logger = tf.get_logger()
    logger.addFilter(_is_not_of_retracing)
    try:
        yield
    finally:
        logger.removeFilter(_is_not_of_retracing)


def _is_not_of_retracing(record: logging.LogRecord) -> bool:
    return "tf.function retracing" not in str(record.msg)


@contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    # Clearing drops the dtype policy as well: it comes before each setting of one.
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
