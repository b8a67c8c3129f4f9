"""The feature cache: arrays on disk whose names are hashes of their inputs, with a limit of the total size.

The names do not contain dates or paths: the same inputs give the same name, a changed pixel or weight another one.
"""

import errno
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

import numpy as np

from crack_exp.system.checksums import LINE_BYTES, checked_file, is_undamaged
from crack_exp.system.files import UNFINISHED
from crack_exp.system.locks import exclusive_lock

SUFFIX = ".npy"
SPARE_BYTES = 1_000_000_000  # disk space that is left free

log = logging.getLogger(__name__)


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
    """The files in `folder`, with at most `max_bytes` in total; the least recently used files are deleted first.

    Each ends with a checksum. Several users may share the folder.
    """

    folder: Path
    max_bytes: float

    def read(self, arrays: Mapping[str, ArraySpec]) -> dict[str, np.ndarray]:
        """Those of `arrays` that exist, by key, as memory maps of their files; damaged files are deleted."""
        found = {key: self._read(self._path(key), of) for key, of in arrays.items()}
        return {key: array for key, array in found.items() if array is not None}

    def write(self, arrays: Mapping[str, ArraySpec], batches: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Write a file for each key of `arrays` from batches of rows of any size. Call it inside `exclusive`.

        A file gets its name when it is complete. Raises OSError if the disk is full.
        """
        with ExitStack() as stack:
            files = {key: stack.enter_context(checked_file(self._path(key), durable=False)) for key in arrays}
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
        with exclusive_lock(self.folder / "lease", waiting="waiting for another run that computes features"):
            for leftover in self.folder.glob(f"*{UNFINISHED}"):
                with suppress(PermissionError):  # another user's
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
            array = _mapped(path, of) if is_undamaged(path) else None
        except OSError:  # no file, or one that may not be read
            return None
        if array is None:
            log.warning("features: '%s' is damaged, and made anew", path)
            path.unlink(missing_ok=True)
            return None
        with suppress(OSError):  # a folder without permission to write
            path.touch()
        return array


def _mapped(path: Path, of: ArraySpec) -> np.ndarray | None:
    """The array in a file with a checksum, None if there is another one."""
    try:
        array: np.memmap = np.load(path, mmap_mode="r")
    except ValueError:
        return None
    is_whole = array.offset + array.nbytes + LINE_BYTES == path.stat().st_size
    return array if is_whole and array.shape == of.shape and array.dtype == np.dtype(of.dtype) else None
