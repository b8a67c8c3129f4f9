"""Users and passwords in addresses: apart from all settings, and known only where a store is connected to.

They are kept in one variable of the process's environment, since jobs of a sweep may run in processes of their own.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from crack_exp.system.errors import UserError

SETTING = "tracking.uri"
OF_MLFLOW, KEPT = "MLFLOW_TRACKING_URI", "CRACK_EXP_TRACKING_URI"
"""Variables: the address as the user gives it, and the whole address while a command runs."""

USER = re.compile(r"(?<=://)[^/\s]*@")
PARAMETER = re.compile(r"(?<=[?&])[^&\s]*(?:pass|pwd|token|secret|key|auth|cred)[^&\s]*&?", re.IGNORECASE)
"""`me:secret@` of an address, and `password=secret` behind its question mark."""

QUOTES = "'\""


def without_credentials(text: str) -> str:
    """The text, any address in it without user, password and secret parameters."""
    return PARAMETER.sub("", USER.sub("", text))


def with_credentials(address: str) -> str:
    """The address with the user and password that it was given with; the same address where there were none."""
    whole = os.environ.get(KEPT, "")
    return whole if _shown(whole) == address else address


@contextmanager
def credentials_apart(overrides: Sequence[str]) -> Iterator[list[str]]:
    """The overrides without user and password of `tracking.uri`; the same is done to MLFLOW_TRACKING_URI.

    Inside the block `with_credentials` knows them. Raises UserError, which shows no value, for those of another
    setting, and for those that cannot be told from the rest of the address.
    """
    before = {name: os.environ.get(name) for name in (OF_MLFLOW, KEPT)}
    try:
        if given := before[OF_MLFLOW]:
            os.environ[OF_MLFLOW] = _kept_apart(given, OF_MLFLOW)
        yield [_without(override) for override in overrides]
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def check_no_credentials(value: object, key: str = "") -> None:
    """Raise UserError for a user or password in an address anywhere in these settings, which are written into files."""
    if isinstance(value, dict):
        for name, inner in value.items():
            check_no_credentials(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for inner in value:
            check_no_credentials(inner, key)
    elif isinstance(value, str) and (USER.search(value) or (key == SETTING and PARAMETER.search(value))):
        raise UserError(
            f"{key}: has an address with a user or password, and settings are recorded; give those of a tracking "
            f"server by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, those of a database by PGUSER and "
            f"PGPASSWORD, or by {OF_MLFLOW}"
        )


def _without(override: str) -> str:
    key, _, value = override.partition("=")
    if key.lstrip("+") == SETTING:
        address = value.strip(QUOTES)
        shown = _kept_apart(address, SETTING)
        return override if shown == address else f"{key}={shown}"
    check_no_credentials(override, key)
    return override


def _kept_apart(address: str, name: str) -> str:
    """The address as it may be shown; the whole one is kept where it has more."""
    if address.startswith("sqlite:"):  # a file, whose name may have an @
        return address
    shown = _shown(address)
    if address.count("@") > 1 or "@" in shown:
        raise UserError(f"{name}: in its user or password write @ as %40, / as %2F, and a comma as %2C")
    if shown != address:
        os.environ[KEPT] = address
    return shown


def _shown(address: str) -> str:
    return without_credentials(address).rstrip("?&")
