"""One painting of a stream: its seed, its label, and its bytes in the pipe."""

from collections.abc import Sequence

import numpy as np

from crack_exp.painter import CLASS_NAMES, paint_patch

MASK_STRIDE_PX = 4
# The highest word of a seed. Sets of files (see dataset_worker) have seeds below 2**64, where this word is 0.
SERIES = {"training": 0x5EA1_0001, "validation": 0x5EA1_0002}
# The first byte of a record with an error message, in place of a label.
FAILED = 255


def paint_record(series: str, seed: int, number: int, size_px: int, class_shares: Sequence[float]) -> bytes:
    """The bytes of painting `number`: label, mask, pixels."""
    label = painting_label(series, seed, number, class_shares)
    patch = paint_patch(painting_seed(series, seed, number), CLASS_NAMES[label], size_px)
    return bytes([label]) + reduced(patch.crack_mask).tobytes() + patch.pixels.tobytes()


def painting_label(series: str, seed: int, number: int, class_shares: Sequence[float]) -> int:
    """The class of painting `number`, an index into CLASS_NAMES."""
    return int(np.random.default_rng((SERIES[series], seed, number)).choice(len(CLASS_NAMES), p=class_shares))


def painting_seed(series: str, seed: int, number: int) -> int:
    """The painter's seed of one painting; unique for series, seed and number, and different from those of file sets."""
    return (SERIES[series] << 96) + (seed << 64) + number


def reduced(mask: np.ndarray) -> np.ndarray:
    """The mean of each 4x4 pixels of `mask` (S, S) uint8, rounded up so that hairlines do not vanish."""
    cells = len(mask) // MASK_STRIDE_PX
    sums = mask.reshape(cells, MASK_STRIDE_PX, cells, MASK_STRIDE_PX).sum(axis=(1, 3), dtype=np.int64)
    return (-(-sums // MASK_STRIDE_PX**2)).astype(np.uint8)


def failure_record(reason: str, size_px: int) -> bytes:
    """A record with a painter's error message, cut at the front if it is too long."""
    room = record_bytes(size_px) - 1
    return bytes([FAILED]) + reason.encode()[-room:].ljust(room, b"\0")


def record_bytes(size_px: int) -> int:
    return 1 + (size_px // MASK_STRIDE_PX) ** 2 + 3 * size_px**2
