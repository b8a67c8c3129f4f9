"""An endless stream of paintings, painted by worker processes while earlier ones are used.

Painting number n depends on series, seed, n and size only, not on the number of painters: painter w of W paints
n = w, w + W, w + 2W, ... and the reader reads from the painters in turn. Each painter writes records of equal size to
a pipe, which holds about one record. The painter waits while the pipe is full, and ends when the reader ends.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from subprocess import PIPE, Popen

import numpy as np

from crack_exp.painter import stream_worker
from crack_exp.painter.stream_record import FAILED, MASK_STRIDE_PX, record_bytes


@dataclass(frozen=True)
class Paintings:
    """A batch of N paintings.

    pixels:     (N, S, S, 3) uint8; labels: (N,) indices into CLASS_NAMES.
    masks:      (N, S/4, S/4) uint8, the share of each 4x4 pixels that is crack, 255 for all of it, rounded up.
    """

    pixels: np.ndarray
    labels: np.ndarray
    masks: np.ndarray


Read = Callable[[int], Paintings]


@contextmanager
def painting_stream(
    *, series: str, seed: int, first: int, size_px: int, class_shares: Sequence[float], painters: int
) -> Iterator[Read]:
    """A function that returns the next paintings, as many as its argument; the first painting has number `first`.

    series: "training" or "validation", which have no painting in common; seed: below 2**32; size_px: a multiple of 4.
    class_shares: probability of each of CLASS_NAMES; painters: number of processes.
    The function raises RuntimeError if a painter has failed.
    """
    settings = [series, seed, painters, size_px, *class_shares]
    running = [_start(first + painter, *settings) for painter in range(painters)]
    turns = cycle(running)
    try:
        yield lambda count: _stack_records(
            (_next_record(painter, size_px) for painter in islice(turns, count)), size_px
        )
    finally:
        for painter in running:
            painter.kill()
            painter.wait()
            assert painter.stdout is not None
            painter.stdout.close()


def blank_paintings(count: int, size_px: int) -> Paintings:
    """Black paintings without cracks, e.g. to build a model's variables."""
    return _stack_records([bytes(record_bytes(size_px))] * count, size_px)


def _start(first: int, *settings: object) -> "Popen[bytes]":
    command = [sys.executable, "-m", stream_worker.__name__, str(first), *map(str, settings)]
    # With many threads each, the painters would slow down each other and the training.
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = os.environ | one_thread | {"PYTHONPATH": os.pathsep.join(sys.path)}
    # In a new session, Ctrl-C reaches this process only, and not the painters.
    return Popen(command, stdout=PIPE, env=environment, start_new_session=True)


def _next_record(painter: "Popen[bytes]", size_px: int) -> bytes:
    assert painter.stdout is not None
    record = painter.stdout.read(record_bytes(size_px))
    if len(record) < record_bytes(size_px):
        raise RuntimeError(f"a painter ended with exit code {painter.wait()}")
    if record[0] == FAILED:
        raise RuntimeError(f"a painter failed:\n{record[1:].rstrip(bytes(1)).decode(errors='replace')}")
    return record


def _stack_records(records: Iterable[bytes], size_px: int) -> Paintings:
    table = np.stack([np.frombuffer(record, np.uint8) for record in records])
    cells = size_px // MASK_STRIDE_PX
    masks, pixels = np.split(table[:, 1:], [cells**2], axis=1)
    return Paintings(
        pixels=pixels.reshape(-1, size_px, size_px, 3),
        labels=table[:, 0].astype(np.int32),
        masks=masks.reshape(-1, cells, cells),
    )
