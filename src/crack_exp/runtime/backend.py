"""The file of the Keras backend that computes; only that one is imported, with its library."""

import importlib
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

import keras

from crack_exp.runtime.devices import Devices


class Backend(Protocol):
    """What each of these files has."""

    NAME: str
    """As its makers write it."""

    def find_devices(self) -> Devices:
        """The GPUs that the backend can use, else the CPU."""
        ...

    def distributed(self, requested: str, devices: Devices) -> AbstractContextManager[list[str]]:
        """Inside, models are built on the devices whose names it gives.

        requested: `runtime.distribution`. Raises UserError if it needs devices that the machine lacks.
        """
        ...

    def shared_batch_size(self, images: int, batch_size: int) -> int:
        """The largest batch size up to `batch_size` with which the devices, inside `distributed`, share all images.

        Raises UserError if there is none.
        """
        ...

    def feed(self, batches: Any) -> Any:
        """What Keras's `fit` and `predict` take from an `InOrder`."""
        ...

    def seed_dropout(self, seed: int) -> None:
        """Seed what dropout draws from, where that is not a layer's own generator."""
        ...


def backend() -> Backend:
    """The one that Keras uses in this process, by KERAS_BACKEND or by Keras's own settings file."""
    return cast(Backend, importlib.import_module(f"crack_exp.runtime.{keras.backend.backend()}_backend"))


def find_devices() -> Devices:
    """Of the backend in use."""
    return backend().find_devices()
