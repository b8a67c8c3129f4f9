"""A mistake of the user, told in one sentence; every other exception is a bug and shows its traceback."""

from collections.abc import Sequence

LISTED = 10


class UserError(ValueError):
    """One sentence that names the setting, its value and the remedy."""


def some_of(things: Sequence[object]) -> str:
    """The first ten, separated by commas, and "..." where there are more."""
    return ", ".join(map(str, things[:LISTED])) + (", ..." if len(things) > LISTED else "")
