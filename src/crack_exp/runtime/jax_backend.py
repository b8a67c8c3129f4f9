"""JAX: its devices, and batches that they share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import jax
import keras
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from crack_exp.runtime.devices import Devices, allowed_precisions, cannot_share, is_mirrored
from crack_exp.system.errors import UserError

NAME = "JAX"
ROWS = "rows"

_sharing: ContextVar[Mesh | None] = ContextVar("the devices that share batches", default=None)


def find_devices() -> Devices:
    try:
        devices = jax.local_devices()
    except (RuntimeError, AssertionError) as error:  # of a platform that is required and not there
        raise UserError(
            f"JAX_PLATFORMS={os.environ.get('JAX_PLATFORMS', '')}: JAX finds no such device here; unset it, "
            "or install the JAX of that device"
        ) from error
    names = [f"{one.platform}:{one.id}" for one in devices]
    gpus = [one for one in devices if one.platform == "gpu"]
    model = ", ".join(one.device_kind for one in gpus)
    return Devices(names, model, allowed_precisions([_capability(one) for one in gpus]))


@contextmanager
def distributed(requested: str, devices: Devices) -> Iterator[list[str]]:
    if not is_mirrored(requested, devices, NAME):
        yield devices.names[:1]
        return
    before = _sharing.set(Mesh(jax.local_devices(), (ROWS,)))
    try:
        yield devices.names
    finally:
        _sharing.reset(before)


def shared_batch_size(images: int, batch_size: int) -> int:
    """The largest one that the devices can divide into equal parts."""
    devices = mesh.size if (mesh := _sharing.get()) else 1
    if batch_size < devices:
        raise cannot_share(images, batch_size, devices)
    return batch_size - batch_size % devices


def feed(batches: Any) -> Any:
    """Keras reads them as they are, or laid out on the devices that share them."""
    mesh = _sharing.get()
    return SharedBatches(batches, mesh) if mesh else batches


def seed_dropout(seed: int) -> None:
    """Its layers have generators of their own."""


class SharedBatches(keras.utils.PyDataset):
    """Batches of which each device holds an equal part, so that JAX computes it there.

    An incomplete batch that has no equal parts lies whole on every device, which computes what the others do. That is
    what `keras.distribution.DataParallel` cannot do: it divides all batches of a pass alike.
    """

    def __init__(self, batches: Any, mesh: Mesh) -> None:
        super().__init__()
        self._batches, self._mesh = batches, mesh

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, number: int) -> Any:
        images, labels = self._batches[number]
        parts = PartitionSpec() if len(labels) % self._mesh.size else PartitionSpec(ROWS)
        return jax.device_put((images, labels), NamedSharding(self._mesh, parts))


def _capability(gpu: Any) -> tuple[int, int]:
    """(8, 0) of '8.0'; (0, 0) where the GPU has none, as those of AMD."""
    major, _, minor = str(getattr(gpu, "compute_capability", "")).partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)
