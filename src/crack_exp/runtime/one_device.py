"""What the files of backends share whose runs use one device."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from crack_exp.runtime.devices import Devices, refuse_mirrored


@contextmanager
def on_one_device(backend: str, requested: str, devices: Devices) -> Iterator[list[str]]:
    """Inside, models are built on the first of `devices`. Raises UserError where several are requested."""
    refuse_mirrored(requested, devices, backend)
    yield devices.names[:1]


def replicas() -> int:
    return 1


def feed(batches: Any) -> Any:
    """Keras reads them as they are."""
    return batches
