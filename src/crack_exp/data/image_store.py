"""The image store: images by index, decoded once and kept in memory up to a limit."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Protocol

import numpy as np

from crack_exp.data.decoding import WHITE_LEVEL
from crack_exp.data.image_io import read_resized
from crack_exp.system.cores import cores
from crack_exp.system.memory import check_memory
from crack_exp.system.prefetch import map_in_batches
from crack_exp.system.progress import track
from crack_exp.system.timing import timed

READ_AHEAD = 64
"""Images in a batch of jobs: those of all would wait in a pool, and take 2 KB each."""


class Store(Protocol):
    """Inputs of a network by index: images or their features. shape: of one of them."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype: ...

    def __len__(self) -> int: ...

    def __getitem__(self, indices: np.ndarray) -> np.ndarray: ...


class ImageStore:
    """Images by index, uint8 (size_px, size_px, 3). The first images, up to `cache_gb`, are kept in memory.

    The others are decoded at every access, in threads, since Pillow releases the interpreter lock.
    white_level: see `decode`.
    contents: sha256 of each file as it was checked. Raises UserError for a file that has another one when it is read:
    what is computed from an image is filed under its content. Raises UserError where there is less memory free.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        contents: Sequence[str],
        size_px: int,
        cache_gb: float,
        white_level: int = WHITE_LEVEL,
    ) -> None:
        assert len(paths) == len(contents)
        self.paths, self.contents, self.size_px, self.white_level = paths, contents, size_px, white_level
        self.shape, self.dtype = (size_px, size_px, 3), np.dtype(np.uint8)
        self._threads = ThreadPoolExecutor(cores())
        fitting = min(len(paths), int(cache_gb * 1e9) // (size_px * size_px * 3))
        check_memory(
            fitting * size_px * size_px * 3,
            f"data.cache_gb={cache_gb:g}",
            "decoded images",
            "give a lower number, images beyond it are decoded in every epoch",
        )
        self._cached = np.empty((fitting, *self.shape), np.uint8)
        decoded = chain.from_iterable(map_in_batches(self._decode, range(fitting), READ_AHEAD))
        with timed("decoding"):
            for index, image in enumerate(track(decoded, "reading images", fitting)):
                self._cached[index] = image

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        """The images at `indices` (n,) as uint8 (n, size_px, size_px, 3)."""
        cached = indices < len(self._cached)
        if cached.all():
            return self._cached[indices]
        images = np.empty((len(indices), *self.shape), np.uint8)
        images[cached] = self._cached[indices[cached]]
        images[~cached] = list(self._threads.map(self._decode, indices[~cached]))
        return images

    def _decode(self, index: int) -> np.ndarray:
        sha256 = self.contents[index]
        return read_resized(self.paths[index], self.size_px, sha256=sha256, white_level=self.white_level)
