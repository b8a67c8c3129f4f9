"""TensorFlow's start without the lines that no setting turns off."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back what is written to file descriptor 2 inside, and show it only if the start fails.

    TensorFlow's C++ side tells a machine without a GPU so in capital letters, whatever its log level. Whoever sets
    TF_CPP_MIN_LOG_LEVEL wants to decide for himself, and sees all.
    """
    if LOG_LEVEL in os.environ:
        yield
        return
    os.environ[LOG_LEVEL] = "2"
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
            del os.environ[LOG_LEVEL]
