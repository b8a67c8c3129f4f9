"""A mistake of the user becomes one sentence; a bug shows its traceback."""

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from hydra.errors import HydraException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from crack_exp.config.compose import conf_dir
from crack_exp.config.setting_errors import NO_SUCH_PLACE, one_sentence
from crack_exp.system.errors import UserError
from crack_exp.system.printed import printable

OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
FULL_ERROR = "HYDRA_FULL_ERROR"
# Read at import: `hydra_errors_raised` sets the same variable.
TRACEBACK_WANTED = os.environ.get(FULL_ERROR) == "1"


@contextmanager
def exit_on_user_error() -> Iterator[None]:
    """Print a mistake of the user as one sentence and exit with its code; raise bugs.

    With HYDRA_FULL_ERROR=1 in the environment everything is raised, which shows tracebacks of mistakes as well.
    """
    try:
        yield
    except KeyboardInterrupt:
        print("crack_exp: stopped", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        sentence = user_error_sentence(error)
        if sentence is None or TRACEBACK_WANTED:
            raise
        print(f"crack_exp: {printable(sentence)}", file=sys.stderr)
        sys.exit(error.exit_code if isinstance(error, UserError) else UserError.exit_code)


@contextmanager
def hydra_errors_raised() -> Iterator[None]:
    """Inside, Hydra raises its errors instead of printing them, so that `exit_on_user_error` prints them all."""
    before = os.environ.get(FULL_ERROR)
    os.environ[FULL_ERROR] = "1"
    try:
        yield
    finally:
        os.environ.pop(FULL_ERROR) if before is None else os.environ.update({FULL_ERROR: before})


def user_error_sentence(error: BaseException) -> str | None:
    """The sentence for a user's mistake, None for a bug.

    Mistakes are UserErrors, what Hydra and OmegaConf say of a command line, and a disk that does not take files.
    """
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _of_hydra(error)
    if isinstance(error, OSError) and error.errno in OF_THE_DISK:
        return f"{error.filename or 'disk'}: {error.strerror}; make room, or choose another folder"
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ValueError) and "Config group override" in str(error):
        return _no_choice(str(_innermost(error).tb_frame.f_locals["override"].input_line))
    if override := _being_applied(error):
        return f"{override}: {NO_SUCH_PLACE}"
    return None


def _innermost(error: BaseException) -> TracebackType:
    place = error.__traceback__
    assert place is not None
    while place.tb_next is not None:
        place = place.tb_next
    return place


def _being_applied(error: BaseException) -> str | None:
    """The override that OmegaConf failed on."""
    place = error.__traceback__
    while place is not None:
        if place.tb_frame.f_code.co_name == "_apply_overrides_to_config":
            return str(place.tb_frame.f_locals["override"].input_line)
        place = place.tb_next
    return None


def _of_hydra(error: HydraException | OmegaConfBaseException) -> str:
    """What Hydra means. Its own words fill several lines, or give a remedy that does not work here (`+key`)."""
    message = str(error)
    if own := re.search(r"UserError raised while resolving interpolation: (.*)", message):
        return own[1]
    if isinstance(error, OverrideParseException):
        return f"{error.override}: not of the form key=value; put quotes round special characters: 'key=\"a(b)\"'"
    if several := re.match(r"Ambiguous value for argument '((.+?)=(.*))'", message):
        return f"{several[1]}: several values; add -m for a sweep, or write {several[2]}=[{several[3]}] for a list"
    if choice := re.search(r"Could not (?:find|load) '([\w/]+)/([^'/]+)'", message):
        return _no_choice(f"{choice[1]}={choice[2]}")
    if group := re.search(r"Could not override '([^']+)'\. No match in the defaults list", message):
        return f"{group[1]}: this command has no such group of settings; see them by --help"
    if isinstance(error.__cause__, OmegaConfBaseException):
        return one_sentence(error.__cause__)
    return " ".join(message.replace("Set the environment variable HYDRA_FULL_ERROR=1", "").split())


def _no_choice(override: str) -> str:
    """Say that a group has no such choice, and which it has."""
    group = override.partition("=")[0].partition("@")[0]
    known = sorted(path.stem for path in Path(conf_dir(), group).glob("[!_]*.yaml"))
    return f"{override}: no such choice; {group} can be {', '.join(known)}"
