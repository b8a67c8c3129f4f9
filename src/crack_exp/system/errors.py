"""The error for a user's mistake, shown as one sentence. Any other exception is a bug and shows its traceback."""

from collections.abc import Sequence

MAX_LISTED = 10


class UserError(ValueError):
    """One sentence that names the setting, its value and the remedy."""


def some_of(things: Sequence[object]) -> str:
    """The first ten, separated by commas, and "..." where there are more."""
    return ", ".join(map(str, things[:MAX_LISTED])) + (", ..." if len(things) > MAX_LISTED else "")
