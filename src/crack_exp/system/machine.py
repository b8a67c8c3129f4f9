"""What this machine is, and which packages it has."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

UNKNOWN = "unknown"


def package_version(name: str) -> str:
    """Of an installed package, else "unknown"."""
    try:
        return version(name)
    except PackageNotFoundError:
        return UNKNOWN


def cpu_model() -> str:
    """The processor's name as Linux knows it, elsewhere what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.processor()) or UNKNOWN
