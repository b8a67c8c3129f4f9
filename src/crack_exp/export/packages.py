"""Optional packages: heavy, and needed by a format alone."""

import importlib.util
from collections.abc import Sequence

from crack_exp.system.errors import UserError


def require(packages: Sequence[str], extra: str, setting: str) -> None:
    """Raise UserError, naming `setting`, where one of these packages is not installed; `extra` installs them."""
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        raise UserError(
            f"{setting}: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed; install by "
            f"pip install 'crack-exp[{extra}]'"
        )
