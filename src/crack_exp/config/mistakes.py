"""A user's mistake is told in one sentence; a traceback is for bugs."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from crack_exp.config.compose import conf_dir, unknown_setting

FULL_ERROR = "HYDRA_FULL_ERROR"
# Read at import: `raised_by_hydra` sets the same variable.
TRACEBACK_WANTED = os.environ.get(FULL_ERROR) == "1"


@contextmanager
def told() -> Iterator[None]:
    """Print a mistake made inside as one sentence and exit with 1; let bugs through.

    With HYDRA_FULL_ERROR=1 in the environment everything is let through, for whoever wants the traceback.
    """
    try:
        yield
    except KeyboardInterrupt:
        print("crack_exp: stopped", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        sentence = as_mistake(error)
        if sentence is None or TRACEBACK_WANTED:
            raise
        print(f"crack_exp: {sentence}", file=sys.stderr)
        sys.exit(1)


@contextmanager
def raised_by_hydra() -> Iterator[None]:
    """Inside, Hydra raises its errors instead of printing them, so that `told` is the one place for it."""
    os.environ[FULL_ERROR] = "1"
    try:
        yield
    finally:
        del os.environ[FULL_ERROR]


def as_mistake(error: BaseException) -> str | None:
    """The sentence for a user's mistake, None for a bug.

    Mistakes are ValueErrors that this package itself raised (one from deep inside a library is a bug until somebody
    turned it into a sentence), and what Hydra and OmegaConf say of a command line.
    """
    if isinstance(error, ValueError) and _raised_here(error):
        return str(error)
    return _of_hydra(str(error)) if isinstance(error, HydraException | OmegaConfBaseException) else None


def _raised_here(error: BaseException) -> bool:
    *_, (frame, _) = walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__", "")).split(".")[0] == "crack_exp"


def _of_hydra(message: str) -> str:
    """Hydra's message, better where it would mislead: `+key` is no remedy here, and choices fit on one line."""
    if own := re.search(r"ValueError raised while resolving interpolation: (.*)", message):
        return own[1]
    if key := re.search(r"Could not override '([^'@]+)'", message):
        return unknown_setting(key[1], _siblings(key[1]))
    if choice := re.search(r"Could not find '([\w/]+)/([^'/]+)'", message):
        known = sorted(path.stem for path in Path(conf_dir(), choice[1]).glob("[!_]*.yaml"))
        if known:
            return f"{choice[1]}={choice[2]}: no such choice; there are {', '.join(known)}"
    return " ".join(message.replace("Set the environment variable HYDRA_FULL_ERROR=1", "").split())


def _siblings(key: str) -> list[str]:
    """The names beside `key` in the default configuration."""
    with initialize_config_dir(conf_dir(), version_base="1.3"):
        defaults = compose("config")
    parent = OmegaConf.select(defaults, key.rpartition(".")[0]) if "." in key else defaults
    return [str(name) for name in parent] if isinstance(parent, DictConfig) else []
