"""How messages to people list many things."""

from collections.abc import Sequence

SHOWN = 10


def some_of(things: Sequence[object]) -> str:
    """The first ten, separated by commas, and "..." where there are more."""
    return ", ".join(map(str, things[:SHOWN])) + (", ..." if len(things) > SHOWN else "")
