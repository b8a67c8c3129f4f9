"""The processor of this machine, and the versions of installed packages."""

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

UNKNOWN = "unknown"


def package_version(name: str) -> str:
    """The version of an installed package, or "unknown"."""
    try:
        return version(name)
    except PackageNotFoundError:
        return UNKNOWN


def cpu_model() -> str:
    """The name of the processor, from /proc/cpuinfo on Linux, else from Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.processor()) or UNKNOWN
