"""Files that this program wrote for itself, read again: whatever is wrong with one becomes one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crack_exp.system.errors import UserError

REASON_CHARACTERS = 150


@contextmanager
def reading_own_file(path: Path, remedy: str) -> Iterator[None]:
    """Inside, `path` is read and its content checked, by `must_be` or otherwise.

    Any exception becomes a UserError that names the file, the reason and the `remedy`.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # what is damaged can raise any kind
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
        raise UserError(f"'{path}': cannot be read ({reason[:REASON_CHARACTERS]}); {remedy}") from error


def must_be(is_so: bool, what: str) -> None:
    """Raise ValueError where the content of a file is not what it must be."""
    if not is_so:
        raise ValueError(f"not {what}")
