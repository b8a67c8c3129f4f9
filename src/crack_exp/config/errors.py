"""A mistake of the user becomes one sentence; a bug shows its traceback."""

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from traceback import walk_tb

import hydra
from hydra.errors import HydraException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from crack_exp.config.compose import conf_dir
from crack_exp.config.setting_errors import NO_SUCH_PLACE, one_sentence
from crack_exp.config.texts import as_hydra_text, text_override
from crack_exp.system.errors import UserError, one_line, shown
from crack_exp.system.progress import remove_bar

OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
OF_THE_NAME = {errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EEXIST}
JOB = "of_hydra"
"""The function of a command that Hydra calls (`crack_exp.command`)."""

DATA = "data"
HYDRA = Path(hydra.__file__).parent
FULL_ERROR = "HYDRA_FULL_ERROR"
TWO_NUMBERS = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?(?:0,\d+|\d+,0\d+)(?:[eE][+-]?\d+)?")
"""What is never meant as two numbers: 0,001 and 1,05."""

LONGEST_TYPED = 200
"""Of overrides that an error writes out as they should be typed, in characters."""

# Read at import: `hydra_errors_raised` sets the same variable.
TRACEBACK_WANTED = os.environ.get(FULL_ERROR) == "1"


@contextmanager
def exit_on_user_error() -> Iterator[None]:
    """Print a mistake of the user as one sentence and exit with its code; raise bugs.

    With HYDRA_FULL_ERROR=1 in the environment everything is raised, which shows tracebacks of mistakes as well.
    """
    try:
        try:
            yield
        finally:
            remove_bar()
    except KeyboardInterrupt:
        print("crack_exp: stopped", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        sentence = user_error_sentence(error)
        if sentence is None or TRACEBACK_WANTED:
            raise
        print(f"crack_exp: {sentence}", file=sys.stderr)
        sys.exit(error.exit_code if isinstance(error, UserError) else UserError.exit_code)


@contextmanager
def as_user_errors() -> Iterator[None]:
    """Inside, a mistake of the user is raised as a UserError, whatever library has found it."""
    try:
        yield
    except Exception as error:
        sentence = user_error_sentence(error)
        if isinstance(error, UserError) or sentence is None:
            raise
        raise UserError(sentence) from error


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
    """The sentence for a user's mistake, None for a bug."""
    sentence = _sentence(error)
    return sentence and one_line(sentence)


def _sentence(error: BaseException) -> str | None:
    """The same, not yet in one line.

    Mistakes are UserErrors, what Hydra and OmegaConf say of a command line, and a disk that does not take files.
    """
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _of_hydra(error)
    if isinstance(error, OSError) and error.errno in OF_THE_DISK:
        return f"{error.filename or 'disk'}: {error.strerror}; make room, or choose another folder"
    if isinstance(error, OSError) and error.errno in OF_THE_NAME:
        return f"{error.filename or 'path'}: {error.strerror}; choose another name or folder"
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's
        return f"memory: there is not enough ({error}); lower the batch size, the image size or data.cache_gb"
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ValueError) and "Config group override" in str(error):
        *_, (innermost, _) = walk_tb(error.__traceback__)
        return no_choice(str(innermost.f_locals["override"].input_line))
    if _is_raised_by_hydra(error):
        return f"{_being_read(error)} ({error}); correct it, or leave it out"
    return None


def _is_raised_by_hydra(error: BaseException) -> bool:
    """Whether Hydra itself failed on what it was given, and not the job that it started."""
    if type(error.__cause__).__name__ == "_RemoteTraceback":  # of a job in another process
        return False
    frames = [frame.f_code for frame, _ in walk_tb(error.__traceback__)]
    job = max((index for index, code in enumerate(frames) if code.co_name == JOB), default=-1)
    return any(Path(code.co_filename).is_relative_to(HYDRA) for code in frames[job + 1 :])


def _being_read(error: BaseException) -> str:
    """What Hydra failed on: an override, in reading or in applying it, or the settings and their files as a whole."""
    for frame, _ in walk_tb(error.__traceback__):
        if frame.f_code.co_name == "parse_overrides":
            return f"{shown(frame.f_locals['override'])}: cannot be read"
        if frame.f_code.co_name == "_apply_overrides_to_config":
            return f"{shown(frame.f_locals['override'].input_line)}: {NO_SUCH_PLACE}"
    return "settings: cannot be used"


def _in_quotes(override: str) -> str:
    """The override as one types it in a shell, its value, or each one of a list, in quotes that Hydra takes."""
    key, _, value = override.partition("=")
    if not value or len(override) > LONGEST_TYPED or set(value) & set("'\"\\{}"):
        return "'key=\"a(b)\"'"
    if value.startswith("[") and value.endswith("]"):
        value = ",".join(as_hydra_text(one.strip()) for one in value[1:-1].split(","))
        return f"'{key}=[{value}]'"
    return f"'{text_override(key, value)}'"


def _of_hydra(error: HydraException | OmegaConfBaseException) -> str:
    """What Hydra means. Its own words fill several lines, or give a remedy that does not work here (`+key`)."""
    message = str(error)
    if own := re.search(r"UserError raised while resolving interpolation: (.*)", message):
        return own[1]
    if isinstance(error, OverrideParseException):
        rule = "not of the form key=value; put quotes round special characters"
        return f"{shown(error.override)}: {rule}: {_in_quotes(str(error.override))}"
    if several := re.match(r"Ambiguous value for argument '((.+?)=(.*))'", message):
        as_list = shown(f"{several[2]}=[{several[3]}]")
        with_point = f"{several[2]}={several[3].replace(',', '.')}"
        if DECIMAL_COMMA.fullmatch(several[3]):
            return f"{shown(several[1])}: a decimal number has a point, no comma: {with_point}"
        number = f"; as one number, {with_point}" if TWO_NUMBERS.fullmatch(several[3]) else ""
        return f"{shown(several[1])}: several values; add -m for a sweep, or write {as_list} for a list{number}"
    if choice := re.search(r"Could not (?:find|load) '((?:hydra/)?\w+)/([^']+)'", message):
        return no_choice(f"{choice[1]}={choice[2]}")
    if group := re.search(r"Could not override '([^']+)'\. No match in the defaults list", message):
        return f"{group[1]}: this command has no such group of settings; see them by --help"
    if isinstance(error.__cause__, OmegaConfBaseException):
        return one_sentence(error.__cause__)
    return " ".join(message.replace("Set the environment variable HYDRA_FULL_ERROR=1", "").split())


def no_choice(override: str) -> str:
    """Say that a group has no such choice, and which it has."""
    group = override.partition("=")[0].partition("@")[0]
    known = sorted(path.stem for path in Path(conf_dir(), group).glob("[!_]*.yaml"))
    choices = f"{shown(override)}: no such choice; {group} can be {', '.join(known) or 'nothing else'}"
    typed = override.partition("=")[2]
    own = f"{choices}; for images of your own say data=folder {text_override('data.path', typed)}"
    if group == DATA and Path(typed).exists():
        return own
    if near := get_close_matches(typed.lower().replace("-", "_"), known, n=1):
        return f"{choices}; did you mean {override.partition('=')[0]}={near[0]}?"
    return own if group == DATA else choices
