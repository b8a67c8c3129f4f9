"""Which backend Keras will use, told without importing Keras."""

import json
import os
from pathlib import Path

from crack_exp.system.errors import UserError, shown
from crack_exp.system.machine import is_installed, package_version

VARIABLE = "KERAS_BACKEND"
TENSORFLOW = "tensorflow"
NAMES = {TENSORFLOW: "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Of the libraries, by what Keras calls them, which is what Python calls them."""


def keras_backend() -> str:
    """By KERAS_BACKEND, else by Keras's own file of settings, else TensorFlow."""
    return os.environ.get(VARIABLE) or _by_file() or TENSORFLOW


def check_keras_backend() -> None:
    """Raise UserError for a backend that this program does not know, or that is not installed."""
    name = keras_backend()
    setting = f"{VARIABLE}={shown(name)}"
    if name not in NAMES:
        raise UserError(f"{setting}: no such backend; choose {', '.join(NAMES)}")
    if not is_installed(name):
        extra = name if name == TENSORFLOW else f"'crack-exp[{name}]'"
        others = "".join(f", or set {VARIABLE}={other}" for other in NAMES if is_installed(other))
        raise UserError(f"{setting}: {NAMES[name]} is not installed; install it by pip install {extra}{others}")


def backend_version() -> str:
    """The version of the library that computes."""
    return package_version(keras_backend())


def backend_shown() -> str:
    """'JAX 0.10.2': the library that computes."""
    return f"{NAMES[keras_backend()]} {backend_version()}"


def _by_file() -> str | None:
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return json.loads((folder / "keras.json").read_text()).get("backend")
    except (OSError, ValueError, AttributeError):  # Keras too reads what it can, and goes by its defaults
        return None
