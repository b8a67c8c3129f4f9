"""The program as a user starts it: a process of its own, in an empty folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.fork_server import Forked

REPOSITORY = Path(__file__).parents[1]


def clean_environment() -> dict[str, str]:
    """Without what a developer's shell may have set."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "TF_CPP_MIN_LOG_LEVEL")}


def crack_exp(
    *overrides: str, cwd: Path, timeout_s: int = 240, verb: str = "run", own_python: bool = False
) -> subprocess.CompletedProcess[str]:
    """`python -m crack_exp.VERB OVERRIDES` in `cwd`.

    own_python: with a Python that imports everything itself, for tests of plots, of the start and of what differs from
    one Python to the next.
    """
    if own_python:
        return _run(["-m", f"crack_exp.{verb}", *overrides], cwd, timeout_s)
    return start_crack_exp(*overrides, cwd=cwd, verb=verb).wait(timeout_s)


def start_crack_exp(*overrides: str, cwd: Path, verb: str = "run") -> Forked:
    """The same, not waited for."""
    return Forked(["-m", f"crack_exp.{verb}", *overrides], cwd, clean_environment())


def killed_after(epoch: int, *overrides: str, cwd: Path) -> str:
    """The same, but the process kills itself without warning as soon as `epoch` is recorded; returns its output."""
    program = f"""
import os, signal, sys
from crack_exp import run
from crack_exp.run import record_epochs
original = record_epochs.record_epoch
def record_epoch(recorder, epoch):
    original(recorder, epoch)
    if epoch.epoch == {epoch}:
        os.kill(os.getpid(), signal.SIGKILL)
record_epochs.record_epoch = record_epoch
sys.argv = ["run", *{list(overrides)!r}]
run.main()
"""
    done = forked_python(program, cwd)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


def python(program: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A Python program in a process of its own in `cwd`."""
    return _run(["-c", program], cwd, 240)


def forked_python(program: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The same, in a process that need not import anew what crack_exp imports."""
    return Forked(["-c", program], cwd, clean_environment()).wait(240)


def _run(words: list[str], cwd: Path, timeout_s: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, timeout=timeout_s)


def only_folder(cwd: Path) -> Path:
    """The output folder of the one run in `cwd`."""
    (config,) = cwd.glob("outputs/*/*/config.yaml")
    return config.parent
