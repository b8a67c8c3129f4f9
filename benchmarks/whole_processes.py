"""Whole Python processes, measured from start to exit, and sets of images to try them on."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from peak_memory import peak_memory_mb


@dataclass(frozen=True)
class Usage:
    """What a process took.

    peak_memory_mb: resident, with the files that it maps; no less than what the process that started it held then,
    whose pages it begins with.
    """

    seconds: float
    cpu_seconds: float
    peak_memory_mb: float


def run_measured(*arguments: str, cache: Path | None = None) -> Usage:
    """What Python with these arguments takes. Where it fails, its last words end this process too.

    cache: where crack_exp keeps what later runs can use.
    """
    environment = os.environ | ({"CRACK_EXP_CACHE": str(cache)} if cache else {})
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=said, stderr=said, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(said.read().decode())
    return Usage(seconds, usage.ru_utime + usage.ru_stime, peak_memory_mb(usage))


def link_first_images(data: Path, images: int, folder: Path) -> Path:
    """Fill `folder` with links to the first images of each class of `data`, the same number of each."""
    classes = sorted(inner for inner in data.iterdir() if inner.is_dir())
    for inner in classes:
        (folder / inner.name).mkdir(parents=True)
        for file in sorted(inner.iterdir())[: images // len(classes)]:
            (folder / inner.name / file.name).symlink_to(file)
    return folder


def repeat_images(data: Path, images: int, folder: Path) -> Path:
    """Fill `folder` with so many images of `data`, the same number of each class, no two files the same.

    Each round through a class adds other bytes behind the end of its files, where no decoder looks.
    """
    classes = sorted(inner for inner in data.iterdir() if inner.is_dir())
    for inner in classes:
        (folder / inner.name).mkdir(parents=True)
        files = sorted(inner.iterdir())
        for number in range(images // len(classes)):
            file = files[number % len(files)]
            copy = folder / inner.name / f"{number:06}{file.suffix}"
            copy.write_bytes(file.read_bytes() + number.to_bytes(4, "big"))
    return folder
