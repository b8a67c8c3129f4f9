"""This machine: its name, its processor, the versions of installed packages."""

import importlib.util
import platform
import socket
import uuid
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

UNKNOWN = "unknown"


def package_version(name: str) -> str:
    """The version of an installed package, or "unknown"."""
    try:
        return version(name)
    except PackageNotFoundError:
        return UNKNOWN


def is_installed(package: str) -> bool:
    """Whether Python finds a package or module of that name; a folder so called, where Python was started, is none."""
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None


def cpu_model() -> str:
    """The name of the processor, from /proc/cpuinfo on Linux, else from Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), platform.processor()) or UNKNOWN


def host_name() -> str:
    """The name by which this machine is known to its users."""
    return socket.gethostname()


@cache
def boot_id() -> str:
    """The same for all processes that one running kernel sees, and for no others."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:  # not Linux
        return f"{uuid.getnode():x} {host_name()}"
