"""The global state of one run: seeds, precision, devices. Set for the run, given back afterwards."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from crack_exp.quiet import quiet_start

Capability = tuple[int, int]


@dataclass(frozen=True)
class Session:
    """What a run computes with: the dtype policy, and the devices in use as TensorFlow names them."""

    precision: str
    devices: list[str]
    strategy: tf.distribute.Strategy

    @property
    def on_gpu(self) -> bool:
        return "GPU" in self.devices[0]


@contextmanager
def session(*, precision: str, distribution: str, seed: int) -> Iterator[Session]:
    """Seed everything, choose precision and devices; on leaving, the process is as it was before.

    All but TensorFlow's own seed, which it tells nobody: that stays the run's.
    Raises ValueError where `distribution` asks for devices that the machine lacks.
    """
    with quiet_start():
        gpus = tf.config.list_physical_devices("GPU")
        _let_memory_grow(gpus)
        devices = [device.name for device in tf.config.list_logical_devices("GPU" if gpus else "CPU")]
    chosen = choose_precision(precision, [_capability(gpu) for gpu in gpus])
    with ExitStack() as stack:
        stack.enter_context(_dtype_policy(chosen))
        stack.enter_context(_seeded(seed))
        strategy = choose_strategy(distribution, devices, bool(gpus))
        stack.enter_context(strategy.scope())
        yield Session(chosen, devices[: strategy.num_replicas_in_sync], strategy)


def choose_precision(requested: str, capabilities: list[Capability]) -> str:
    """The dtype policy for GPUs of these CUDA compute capabilities; none of them means a CPU.

    auto: float32 on a CPU, where 16 bits are slower; mixed_bfloat16 where every GPU computes in it (from 8.0 on), which
    needs no loss scale; mixed_float16 where every GPU has tensor cores (from 7.0 on); else float32.
    """
    if requested != "auto":
        return requested
    weakest = min(capabilities, default=(0, 0))
    if weakest >= (8, 0):
        return "mixed_bfloat16"
    return "mixed_float16" if weakest >= (7, 0) else "float32"


def choose_strategy(requested: str, devices: list[str], are_gpus: bool) -> tf.distribute.Strategy:
    """One model on one device, or mirrored on all of `devices`.

    Raises ValueError where mirroring is asked for and there is nothing to mirror to.
    """
    if requested == "mirrored" and len(devices) < 2:
        raise ValueError(
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


def _capability(gpu: tf.config.PhysicalDevice) -> Capability:
    details = tf.config.experimental.get_device_details(gpu)
    return details.get("compute_capability", (0, 0))


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
