"""Starts Keras and its backend without those log lines that no setting turns off."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from crack_exp.system.keras_backend import NAMES, check_keras_backend, keras_backend
from crack_exp.system.progress import doing

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextmanager
def quiet_start() -> Iterator[None]:
    """Capture what is written to file descriptor 2 inside, and show it only if the start fails.

    On a machine without a GPU, TensorFlow's C++ code prints errors at any log level. If the user has set
    TF_CPP_MIN_LOG_LEVEL, nothing is captured. Raises UserError where the backend is none, or not installed.
    """
    check_keras_backend()
    if LOG_LEVEL in os.environ:
        yield
        return
    os.environ[LOG_LEVEL] = "2"
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            with doing(f"starting {NAMES[keras_backend()]}"):
                yield
        except BaseException:
            captured.seek(0)
            os.write(original, captured.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
            del os.environ[LOG_LEVEL]
