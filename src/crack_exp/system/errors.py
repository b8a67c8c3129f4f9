"""The error for a user's mistake, shown as one sentence. Any other exception is a bug and shows its traceback."""

import re
from collections.abc import Sequence

from crack_exp.system.printed import printable

MAX_LISTED = 10
MAX_SHOWN, MAX_SENTENCE = 100, 2000
"""Characters of a value in a sentence, and of a whole sentence."""


class UserError(ValueError):
    """One sentence that names the setting, its value and the remedy."""

    exit_code = 1
    """Of the command that it ends."""

    def __init__(self, sentence: object) -> None:
        super().__init__(one_line(str(sentence)))


def one_line(sentence: str) -> str:
    """`sentence` as a terminal can show it: in one line, without control characters, not longer than a screen."""
    text = printable(re.sub(r"\s*[\n\r\t]\s*", " ", sentence).strip())
    half = MAX_SENTENCE // 2
    # The setting stands at the beginning, the remedy at the end.
    return text if len(text) <= MAX_SENTENCE else f"{text[:half]} ... {text[-half:]}"


def shown(value: object) -> str:
    """A value as one types it, shortened."""
    text = {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def quoted(name: object) -> str:
    """A name in quotes: `repr` would double its backslashes."""
    return f"'{printable(str(name))}'"


def some_of(things: Sequence[object]) -> str:
    """The first ten, separated by commas, and "..." where there are more."""
    return ", ".join(map(str, things[:MAX_LISTED])) + (", ..." if len(things) > MAX_LISTED else "")
