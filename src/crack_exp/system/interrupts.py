"""Stops the program after Ctrl-C even if a library has caught the KeyboardInterrupt.

Keras and TensorFlow catch it in a bare `except:` in some places, and Python ignores it in finalisers. The interrupt is
remembered and raised again between two steps of the work.
"""

import signal
from types import FrameType

from crack_exp.system.progress import begin_line

_pending = False


def remember_interrupts() -> None:
    """From now on Ctrl-C is remembered; it still raises KeyboardInterrupt.

    An ignored signal stays ignored, as in processes that a shell script starts with `&`.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed and the program has not stopped. Call it between two steps."""
    global _pending
    if _pending:
        _pending = False  # raise once only: cleaning up may call this function again
        raise KeyboardInterrupt


def _remember(number: int, frame: FrameType | None) -> None:
    global _pending
    _pending = True
    begin_line()
    signal.default_int_handler(number, frame)
