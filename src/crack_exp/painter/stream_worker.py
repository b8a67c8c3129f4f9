"""A program that paints an endless stream; arguments: FIRST SERIES SEED STEP SIZE_PX SHARE SHARE ...

Writes paintings FIRST, FIRST + STEP, FIRST + 2 STEP, ... to standard output, one record each, until the reader ends.
It is a separate program for the same reasons as `dataset_worker`.
"""

import os
import sys
import traceback
from itertools import count
from typing import BinaryIO

from crack_exp.painter.stream_record import failure_record, paint_record


def main() -> None:
    first, series, seed, step, size_px, *shares = sys.argv[1:]
    class_shares = [float(share) for share in shares]
    # Not sys.stdout.buffer: with PYTHONUNBUFFERED it is unbuffered, and writes a part of a record where this process
    # is stopped and goes on, as on a laptop that sleeps.
    with open(sys.stdout.fileno(), "wb", closefd=False) as pipe:
        try:
            for number in count(int(first), int(step)):
                _write(pipe, paint_record(series, int(seed), number, int(size_px), class_shares))
        except BrokenPipeError:
            # The reader has ended. Writing the rest of the buffer at exit must not raise again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except Exception:  # any error of the painter: the reader reports it
            _write(pipe, failure_record(traceback.format_exc(), int(size_px)))


def _write(pipe: BinaryIO, record: bytes) -> None:
    pipe.write(record)
    pipe.flush()


if __name__ == "__main__":
    main()
