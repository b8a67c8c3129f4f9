"""The feature cache: arrays on disk whose names are hashes of their inputs, with a limit of the total size.

The names do not contain dates or paths: the same inputs give the same name, a changed pixel or weight another one.
"""

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

import numpy as np

from crack_exp.system.files import UNFINISHED, atomic_file
from crack_exp.system.locks import exclusive_lock

SUFFIX = ".npy"
SPARE_BYTES = 1_000_000_000  # disk space that is left free


@dataclass(frozen=True)
class ArraySpec:
    """Shape and dtype of an array in a file. shape: rows first."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def bytes(self) -> int:
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class FeatureCache:
    """The files in `folder`, with at most `max_bytes` in total; the least recently used files are deleted first."""

    folder: Path
    max_bytes: float

    def read(self, arrays: Mapping[str, ArraySpec]) -> dict[str, np.ndarray]:
        """Those of `arrays` that exist, by key, as memory maps of their files."""
        found = {key: self._read(self._path(key), of) for key, of in arrays.items()}
        return {key: array for key, array in found.items() if array is not None}

    def write(self, arrays: Mapping[str, ArraySpec], batches: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Write a file for each key of `arrays` from batches of rows of any size. Call it inside `exclusive`.

        A file gets its name when it is complete. Raises OSError if the disk is full.
        """
        with ExitStack() as stack:
            files = {key: stack.enter_context(atomic_file(self._path(key), durable=False)) for key in arrays}
            for key, of in arrays.items():
                header = {"descr": np.dtype(of.dtype).str, "fortran_order": False, "shape": of.shape}
                np.lib.format.write_array_header_1_0(files[key], header)
            for batch in batches:
                for key, of in arrays.items():
                    files[key].write(np.ascontiguousarray(batch[key], of.dtype).tobytes())

    def make_room(self, needed_bytes: int) -> None:
        """Delete the least recently used files until `needed_bytes` fit. Raises OSError if they cannot fit.

        Call it inside `exclusive`, which creates the folder.
        """
        if needed_bytes > self.max_bytes:
            message = f"{needed_bytes / 1e9:.2g} GB are more than its max_gb of {self.max_bytes / 1e9:g}"
            raise OSError(errno.EFBIG, message)
        files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self.files())
        excess = sum(size for _, size, _ in files) + needed_bytes - self.max_bytes
        for _, size, path in files:
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size
        if disk_usage(self.folder).free < needed_bytes + SPARE_BYTES:
            raise OSError(errno.ENOSPC, f"{needed_bytes / 1e9:.2g} GB would fill the disk")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the exclusive lock for writing: wait for other processes that write, and delete their leftover files."""
        with exclusive_lock(self.folder / "lock", waiting="waiting for another run that computes features"):
            for leftover in self.folder.glob(f"*{UNFINISHED}"):
                leftover.unlink()
            yield

    def clear(self) -> None:
        for path in self.files():
            path.unlink(missing_ok=True)

    def files(self) -> list[Path]:
        return list(self.folder.glob(f"*{SUFFIX}"))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"

    def _read(self, path: Path, of: ArraySpec) -> np.ndarray | None:
        try:
            array = np.load(path, mmap_mode="r")
        except (OSError, ValueError, EOFError):  # no file, or a damaged one
            return None
        if array.shape != of.shape or array.dtype != np.dtype(of.dtype):
            return None
        with suppress(OSError):  # a folder without permission to write
            path.touch()
        return array
