"""The program as a user starts it: a process of its own, in an empty folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def clean_environment() -> dict[str, str]:
    """Without what a developer's shell may have set."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "TF_CPP_MIN_LOG_LEVEL")}


def crack_exp(*overrides: str, cwd: Path, timeout_s: int = 240, verb: str = "run") -> subprocess.CompletedProcess[str]:
    """`python -m crack_exp.VERB OVERRIDES` in `cwd`."""
    command = [sys.executable, "-m", f"crack_exp.{verb}", *overrides]
    return _run(command, cwd, timeout_s)


def killed_after(epoch: int, *overrides: str, cwd: Path) -> None:
    """The same, but the process kills itself without warning as soon as `epoch` has been told of."""
    program = f"""
import os, signal, sys
from crack_exp import run
from crack_exp.run import workflow
told = workflow.record_epoch
def record_epoch(recorder, record, *, epochs):
    told(recorder, record, epochs=epochs)
    if record.epoch == {epoch}:
        os.kill(os.getpid(), signal.SIGKILL)
workflow.record_epoch = record_epoch
sys.argv = ["run", *{list(overrides)!r}]
run.main()
"""
    done = _run([sys.executable, "-c", program], cwd, 240)
    assert done.returncode == -signal.SIGKILL, done.stderr


def python(program: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A Python program in a process of its own in `cwd`."""
    return _run([sys.executable, "-c", program], cwd, 240)


def _run(command: list[str], cwd: Path, timeout_s: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, timeout=timeout_s)


def only_folder(cwd: Path) -> Path:
    """The output folder of the one run in `cwd`."""
    (config,) = cwd.glob("outputs/*/*/config.yaml")
    return config.parent
