"""Hides what Pillow says of damaged metadata, without the name of the file, on the console."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("PIL")


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Inside, warnings and log lines of Pillow are not shown: the program itself says which files cannot be used.

    For the whole process, so it belongs into a command, and not into what a thread does.
    """
    level = LOGGER.level
    LOGGER.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")
            yield
    finally:
        LOGGER.setLevel(level)
