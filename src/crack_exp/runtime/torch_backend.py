"""PyTorch: its devices, of which a run uses one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import torch

from crack_exp.runtime.devices import Devices, allowed_precisions, refuse_mirrored
from crack_exp.system.errors import UserError

NAME = "PyTorch"


def find_devices() -> Devices:
    """Keras computes on one kind: the GPUs of CUDA, else another that PyTorch has, or what KERAS_TORCH_DEVICE names."""
    kind = _kind()
    if kind != "cuda":
        return Devices([kind], "" if kind == "cpu" else kind, allowed_precisions([] if kind == "cpu" else [(0, 0)]))
    gpus = list(range(torch.cuda.device_count()))
    return Devices(
        [f"cuda:{gpu}" for gpu in gpus],
        ", ".join(torch.cuda.get_device_name(gpu) for gpu in gpus),
        allowed_precisions([torch.cuda.get_device_capability(gpu) for gpu in gpus]),
    )


@contextmanager
def distributed(requested: str, devices: Devices) -> Iterator[list[str]]:
    refuse_mirrored(requested, devices, NAME)
    yield devices.names[:1]


def shared_batch_size(images: int, batch_size: int) -> int:
    """Any will do: there is nothing to share."""
    return batch_size


def feed(batches: Any) -> Any:
    """Keras reads them as they are."""
    return batches


def seed_dropout(seed: int) -> None:
    """Keras leaves dropout to PyTorch, which draws from one generator for all layers."""
    torch.manual_seed(seed)


def _kind() -> str:
    """cpu, cuda, mps, ..., as Keras puts its tensors. Raises UserError where there is no such device."""
    try:
        return str(keras.ops.zeros(1).device.type)
    except (RuntimeError, AssertionError) as error:
        raise UserError(
            f"KERAS_TORCH_DEVICE={os.environ.get('KERAS_TORCH_DEVICE', '')}: PyTorch cannot use that device here "
            f"({error}); unset it, or install the PyTorch of that device"
        ) from error
