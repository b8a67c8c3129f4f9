"""The cores that this process may use: all of the machine, or its share when jobs of a sweep run in parallel."""

import multiprocessing
import os
import re
from functools import cache

WORKER_NAME = re.compile(r"LokyProcess-(\d+)")
"""The names of joblib's worker processes, counted from 1."""

WORKER_THREADS = "OMP_NUM_THREADS"
"""The environment variable in which joblib gives each worker its number of threads."""

TENSORFLOW_THREADS = "TF_NUM_INTRAOP_THREADS"


def cores() -> int:
    """The number of cores that this process may use now."""
    return len(_usable()) or os.cpu_count() or 1


@cache
def all_cores() -> int:
    """The number of cores at the first call, which must come before `share_cores`."""
    return cores()


@cache
def share_cores() -> None:
    """In a worker process of joblib, before TensorFlow is imported: use this worker's share of the cores only.

    TensorFlow still starts as many threads as without other jobs. It splits sums by the number of threads, and a job
    should give exactly the results that the same command gives alone.
    """
    worker = WORKER_NAME.fullmatch(multiprocessing.current_process().name)
    if worker and _usable():
        os.environ.setdefault(TENSORFLOW_THREADS, str(all_cores()))
        os.sched_setaffinity(0, share(_usable(), int(worker[1]) - 1, int(os.environ.get(WORKER_THREADS) or 1)))


def share(usable: list[int], worker: int, size: int) -> list[int]:
    """The `size` cores of a worker, numbered from 0. With more workers than shares, some workers use the same cores."""
    size = min(max(size, 1), len(usable))
    start = worker % (len(usable) // size) * size
    return usable[start : start + size]


def _usable() -> list[int]:
    """The numbers of these cores; empty where the operating system does not report them."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
