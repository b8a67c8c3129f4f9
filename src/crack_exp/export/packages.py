"""Optional packages: heavy, and needed by a format alone."""

import os
import sys
from collections.abc import Sequence

from crack_exp.system.errors import UserError
from crack_exp.system.keras_backend import NAMES, TENSORFLOW, VARIABLE, keras_backend
from crack_exp.system.machine import is_installed


def require(packages: Sequence[str], extra: str, setting: str) -> None:
    """Raise UserError, naming `setting`, where one of these packages is not installed; `extra` installs them."""
    missing = [package for package in packages if not is_installed(package)]
    if missing:
        raise UserError(
            f"{setting}: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed; install by "
            f"pip install 'crack-exp[{extra}]'"
        )


def compute_with_tensorflow(format_name: str) -> None:
    """Let Keras compute with TensorFlow, which all formats are converted from; the model may have learned with another.

    Raises UserError where it is not installed, or Keras computes with another backend already.
    """
    setting = f"format={format_name}: an export is converted by TensorFlow"
    if not is_installed(TENSORFLOW):
        raise UserError(f"{setting}, which is not installed; install it by pip install {TENSORFLOW}")
    if "keras" not in sys.modules:
        os.environ[VARIABLE] = TENSORFLOW
    elif keras_backend() != TENSORFLOW:
        raise UserError(f"{setting}, and Keras computes with {NAMES[keras_backend()]} here; unset {VARIABLE}")
