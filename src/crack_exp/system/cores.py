"""How many cores this process may keep busy: all of the machine, or its share beside other jobs of a sweep."""

import multiprocessing
import os
import re
from functools import cache

WORKER = re.compile(r"LokyProcess-(\d+)")
"""What joblib calls the processes that it starts, counted from 1."""

OF_ONE_WORKER = "OMP_NUM_THREADS"
"""Where joblib tells each of them how many threads it should use."""

OF_TENSORFLOW = "TF_NUM_INTRAOP_THREADS"


def cores() -> int:
    """Those that this process may use now."""
    return len(_usable()) or os.cpu_count() or 1


@cache
def all_cores() -> int:
    """Those that it could use when it was first asked, before any were left to others."""
    return cores()


@cache
def share_cores() -> None:
    """In a process of joblib's, before TensorFlow is imported: leave the others their share of the cores.

    TensorFlow still starts as many threads as it does alone. By their number it cuts sums into parts, and a job should
    give the figures that the same command gives alone, to the last digit.
    """
    worker = WORKER.fullmatch(multiprocessing.current_process().name)
    if worker and _usable():
        os.environ.setdefault(OF_TENSORFLOW, str(all_cores()))
        os.sched_setaffinity(0, share(_usable(), int(worker[1]) - 1, int(os.environ.get(OF_ONE_WORKER) or 1)))


def share(usable: list[int], worker: int, size: int) -> list[int]:
    """The `size` cores of a worker, numbered from 0; where workers outnumber shares, some have the same."""
    size = min(max(size, 1), len(usable))
    start = worker % (len(usable) // size) * size
    return usable[start : start + size]


def _usable() -> list[int]:
    """Their numbers; none on systems that do not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
