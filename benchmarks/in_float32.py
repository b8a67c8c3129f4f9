"""How the benchmarks of frozen features compute: in float32, and a mistake of the user is one line."""

import argparse
import sys
from collections.abc import Callable

from crack_exp.runtime.session import session


def in_float32(compare: Callable[[argparse.Namespace], None], arguments: argparse.Namespace) -> None:
    """Call `compare`; where it raises a ValueError, exit with its sentence."""
    try:
        with session(precision="float32", distribution="none", seed=0):
            compare(arguments)
    except ValueError as error:
        sys.exit(str(error))
