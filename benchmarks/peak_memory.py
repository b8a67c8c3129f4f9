"""The most memory that a process has held, with the files that it maps, in megabytes of a million bytes."""

import resource
import sys

UNIT_BYTES = 1 if sys.platform == "darwin" else 1024
"""Of what the system counts in."""


def peak_memory_mb(usage: resource.struct_rusage | None = None) -> float:
    """By what the system says of a process that has ended; None for this process, so far."""
    return (usage or resource.getrusage(resource.RUSAGE_SELF)).ru_maxrss * UNIT_BYTES / 1e6
