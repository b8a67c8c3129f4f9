"""The lineage of a run: code, versions, machine, command."""

import getpass
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

from crack_exp.system.cores import all_cores
from crack_exp.system.keras_backend import keras_backend
from crack_exp.system.machine import UNKNOWN, cpu_model, package_version
from crack_exp.system.printed import shell_command
from crack_exp.tracking.credentials import without_credentials

PACKAGES = (
    "crack-exp",
    "keras",
    "numpy",
    "mlflow",
    "hydra-core",
    "omegaconf",
    "scikit-learn",
    "pillow",
)


def lineage(*, checkout: Path | None) -> dict[str, str]:
    """Facts to repeat a run: `git.*`, `version.*`, `machine.*`, `command`, `user`.

    checkout: the project's git checkout, None for an installed package. A fact that cannot be found is "unknown".
    """
    versions = {f"version.{name}": package_version(name) for name in (*PACKAGES, keras_backend())}
    return {
        **_code(checkout),
        "version.python": platform.python_version(),
        **versions,
        "keras.backend": keras_backend(),
        "machine.host": socket.gethostname(),
        "machine.platform": platform.platform(),
        "machine.cpu": cpu_model(),
        "machine.cpu_cores": str(all_cores()),
        "command": _command(),
        "user": _user(),
    }


def mlflow_tags(facts: dict[str, str]) -> dict[str, str]:
    """The facts of `lineage`, and user, source and commit under the names that MLflow's pages show."""
    shown = {
        "mlflow.user": facts["user"],
        "mlflow.source.type": "LOCAL",
        "mlflow.source.name": _program(),
    }
    if facts["git.commit"] != UNKNOWN:
        shown["mlflow.source.git.commit"] = facts["git.commit"]
    return {**facts, **shown}


def project_checkout() -> Path | None:
    """The git checkout that this package runs from, None where it is installed from a wheel."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / ".git").exists() and (root / "src").is_dir() else None


def _code(checkout: Path | None) -> dict[str, str]:
    """Commit, branch, and "yes" for `git.dirty` where any file differs from the commit or is new."""
    changes = _git(checkout, "status", "--porcelain")
    return {
        "git.commit": _git(checkout, "rev-parse", "HEAD") or UNKNOWN,
        "git.branch": _git(checkout, "rev-parse", "--abbrev-ref", "HEAD") or UNKNOWN,
        "git.dirty": UNKNOWN if changes is None else "yes" if changes else "no",
    }


def _git(checkout: Path | None, *arguments: str) -> str | None:
    """The output of git in the checkout; None without git, without a checkout, or after an error."""
    if checkout is None:
        return None
    # Inside a git hook, these variables refer to the repository of the hook.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(checkout), *arguments],
            capture_output=True, text=True, check=True, timeout=30, env=environment,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _command() -> str:
    """The command line, quoted for a shell. As the system knows it: with the password that was typed, if any."""
    return without_credentials(shell_command([Path(sys.executable).name, *sys.orig_argv[1:]]))


def _program() -> str:
    """The started program: "crack_exp.run". Without arguments: MLflow shows only the part after the last slash."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name if spec else Path(sys.argv[0]).name or UNKNOWN


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, in a container
        return UNKNOWN
