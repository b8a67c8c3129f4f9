"""A program that paints an endless stream; arguments: FIRST SERIES SEED STEP SIZE_PX SHARE SHARE ...

Writes paintings FIRST, FIRST + STEP, FIRST + 2 STEP, ... to standard output, one record each, until the reader ends.
It is a separate program for the same reasons as `dataset_worker`.
"""

import os
import sys
import traceback
from itertools import count

from crack_exp.painter.stream_record import failure_record, paint_record


def main() -> None:
    first, series, seed, step, size_px, *shares = sys.argv[1:]
    class_shares = [float(share) for share in shares]
    try:
        for number in count(int(first), int(step)):
            _write(paint_record(series, int(seed), number, int(size_px), class_shares))
    except BrokenPipeError:
        # The reader has ended. Writing the rest of the buffer at exit must not raise again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception:  # any error of the painter: the reader reports it
        _write(failure_record(traceback.format_exc(), int(size_px)))


def _write(record: bytes) -> None:
    sys.stdout.buffer.write(record)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
