"""Sets seeds, precision and devices for one run, and restores the previous state afterwards."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import keras
import numpy as np

from crack_exp.runtime.backend import backend
from crack_exp.system.quiet_start import quiet_start


@dataclass(frozen=True)
class Session:
    """The dtype policy of a run, and the devices that it uses, with the names of the backend: NAME of its file."""

    precision: str
    devices: list[str]
    backend: str
    on_gpu: bool


@contextmanager
def session(*, precision: str, distribution: str, seed: int) -> Iterator[Session]:
    """Set seeds, precision (a dtype policy) and devices; restore the previous state at the end.

    The backend's own seed cannot be read and is therefore not restored.
    Raises UserError if `distribution` needs devices that the machine lacks.
    """
    used = backend()
    devices = used.find_devices()
    with ExitStack() as stack:
        stack.enter_context(_dtype_policy(precision))
        stack.enter_context(_seeded(seed))
        names = stack.enter_context(used.distributed(distribution, devices))
        yield Session(precision, names, used.NAME, devices.are_gpus)


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
    with quiet_start():  # with any backend it imports TensorFlow, where that is installed
        keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
