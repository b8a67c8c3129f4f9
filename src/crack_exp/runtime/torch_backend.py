"""PyTorch: its devices, of which a run uses one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from crack_exp.runtime.devices import Devices, allowed_precisions, refuse_mirrored

NAME = "PyTorch"


def find_devices() -> Devices:
    gpus = list(range(torch.cuda.device_count()))
    if not gpus:
        return Devices(["cpu"], "", allowed_precisions([]))
    model = ", ".join(torch.cuda.get_device_name(gpu) for gpu in gpus)
    return Devices(
        [f"cuda:{gpu}" for gpu in gpus],
        model,
        allowed_precisions([torch.cuda.get_device_capability(gpu) for gpu in gpus]),
    )


@contextmanager
def distributed(requested: str, devices: Devices) -> Iterator[list[str]]:
    refuse_mirrored(requested, devices, NAME)
    yield devices.names[:1]


def replicas() -> int:
    return 1


def feed(batches: Any) -> Any:
    return batches
