"""What a benchmark says of the device that it ran on: its name, the memory it took, the versions of the libraries."""

import os
import platform
from importlib import import_module
from pathlib import Path

import keras
from peak_memory import peak_memory_mb


def device_and_peak_memory_mb() -> tuple[str, float]:
    """The device computed on, and the most memory it has held so far: a GPU's own, else this process's."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if gpus := tf.config.list_physical_devices("GPU"):
            name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", gpus[0].name)
            return name, tf.config.experimental.get_memory_info("GPU:0")["peak"] / 1e6
    elif keras.backend.backend() == "jax":
        import jax

        device = jax.devices()[0]
        if device.platform != "cpu":
            return device.device_kind, device.memory_stats()["peak_bytes_in_use"] / 1e6
    else:
        import torch

        if torch.cuda.is_available():
            return torch.cuda.get_device_name(0), torch.cuda.max_memory_allocated() / 1e6
    return processor(), peak_memory_mb()


def processor() -> str:
    """The processor's name as the system knows it, and how many cores of it there are."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    backend = keras.backend.backend()
    return {
        "Python": platform.python_version(),
        "Keras": keras.__version__,
        backend: import_module(backend).__version__,
    }
