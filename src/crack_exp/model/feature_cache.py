"""Arrays on disk under a name that says what they were made of, of bounded size in all.

Never a date or a path: who wants what is there already reads it, and a changed pixel or weight has another name.
"""

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

import numpy as np

from crack_exp.system.files import UNFINISHED, written_whole
from crack_exp.system.locks import exclusive_lock

SUFFIX = ".npy"
SPARE_BYTES = 1_000_000_000  # left on the disk for everything else


@dataclass(frozen=True)
class ArrayOf:
    """What a file should hold. shape: rows first."""

    shape: tuple[int, ...]
    dtype: str

    @property
    def bytes(self) -> int:
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class FeatureCache:
    """The files in `folder`, of at most `max_bytes` in all; the least recently used ones go first."""

    folder: Path
    max_bytes: float

    def read(self, arrays: Mapping[str, ArrayOf]) -> dict[str, np.ndarray]:
        """Those of `arrays` that there are, by key, mapped from their files."""
        found = {key: self._read(self._path(key), of) for key, of in arrays.items()}
        return {key: array for key, array in found.items() if array is not None}

    def write(self, arrays: Mapping[str, ArrayOf], batches: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Make the files of all keys of `arrays` from batches of rows, in any sizes; for whoever is `alone`.

        A file bears its key's name when it is whole. Raises OSError where the disk is full.
        """
        with ExitStack() as stack:
            files = {key: stack.enter_context(written_whole(self._path(key), durable=False)) for key in arrays}
            for key, of in arrays.items():
                header = {"descr": np.dtype(of.dtype).str, "fortran_order": False, "shape": of.shape}
                np.lib.format.write_array_header_1_0(files[key], header)
            for batch in batches:
                for key, of in arrays.items():
                    files[key].write(np.ascontiguousarray(batch[key], of.dtype).tobytes())

    def make_room(self, needed_bytes: int) -> None:
        """Delete what was not used for longest until so much more fits. Raises OSError where it never will.

        The folder is there: whoever writes is `alone`.
        """
        if needed_bytes > self.max_bytes:
            says = f"{needed_bytes / 1e9:.2g} GB are more than its max_gb of {self.max_bytes / 1e9:g}"
            raise OSError(errno.EFBIG, says)
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
    def alone(self) -> Iterator[None]:
        """Wait while another process writes; nobody else does until this one is through."""
        with exclusive_lock(self.folder / "lock", waiting="waiting for another run that computes features"):
            for left_by_a_killed_one in self.folder.glob(f"*{UNFINISHED}"):
                left_by_a_killed_one.unlink()
            yield

    def clear(self) -> None:
        for path in self.files():
            path.unlink(missing_ok=True)

    def files(self) -> list[Path]:
        return list(self.folder.glob(f"*{SUFFIX}"))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{SUFFIX}"

    def _read(self, path: Path, of: ArrayOf) -> np.ndarray | None:
        try:
            array = np.load(path, mmap_mode="r")
        except (OSError, ValueError, EOFError):  # none, or one that a disk has damaged
            return None
        if array.shape != of.shape or array.dtype != np.dtype(of.dtype):
            return None
        with suppress(OSError):  # of a folder that others may only read
            path.touch()
        return array
