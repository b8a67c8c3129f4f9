"""Ctrl-C that a library swallowed is heeded all the same, at the next step of the work.

Under a bare `except:`, of which Keras and TensorFlow have some, and in finalisers it passes for one more failure.
"""

import signal
from types import FrameType

_asked = False


def remember_interrupts() -> None:
    """From now on Ctrl-C is remembered, and raises KeyboardInterrupt as ever.

    Where the signal is ignored, as in what a shell script starts with `&`, it stays ignored.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _remember)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt, between two steps, where Ctrl-C was pressed before and nobody stopped."""
    global _asked
    if _asked:
        _asked = False  # once is enough: whoever cleans up may take steps of his own
        raise KeyboardInterrupt


def _remember(number: int, frame: FrameType | None) -> None:
    global _asked
    _asked = True
    signal.default_int_handler(number, frame)
