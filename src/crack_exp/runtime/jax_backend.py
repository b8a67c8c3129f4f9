"""JAX: its devices, of which a run uses one."""

import os
from functools import partial
from typing import Any

import jax

from crack_exp.runtime.devices import Devices, allowed_precisions
from crack_exp.runtime.one_device import feed, on_one_device, replicas
from crack_exp.system.errors import UserError

__all__ = ["NAME", "distributed", "feed", "find_devices", "replicas", "seed_dropout"]

NAME = "JAX"

distributed = partial(on_one_device, NAME)


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


def seed_dropout(seed: int) -> None:
    """Its layers have generators of their own."""


def _capability(gpu: Any) -> tuple[int, int]:
    """(8, 0) of '8.0'; (0, 0) where the GPU has none, as those of AMD."""
    major, _, minor = str(getattr(gpu, "compute_capability", "")).partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (0, 0)
