"""JAX: its devices, of which a run uses one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax

from crack_exp.runtime.devices import Devices, allowed_precisions, refuse_mirrored
from crack_exp.system.errors import UserError

NAME = "JAX"


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
    refuse_mirrored(requested, devices, NAME)
    yield devices.names[:1]


def replicas() -> int:
    return 1


def seed_dropout(seed: int) -> None:
    """Its layers have generators of their own."""


def feed(batches: Any) -> Any:
    return batches


def _capability(gpu: Any) -> tuple[int, int]:
    """(8, 0) of '8.0'; (0, 0) where the GPU has none, as those of AMD."""
    major, _, minor = str(getattr(gpu, "compute_capability", "")).partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)
