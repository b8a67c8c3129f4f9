"""Setting up installs what a command needs, once; and says what is missing, in one sentence."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import REPOSITORY

LOGGED = """#!/bin/sh
echo "$(basename "$0") $*" >> log.txt
case "$*" in *venv*.venv) mkdir -p .venv/bin; cp "$0" .venv/bin/python;; esac
"""
"""Stands in for uv and for Python: keeps what it is told, and makes an environment of itself."""


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`make WORDS` beside the files that it reads; without uv, unless a word names it."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        if not (folder / name).exists():
            shutil.copy(REPOSITORY / name, folder)
    uv = [] if any(word.startswith("UV=") for word in words) else ["UV="]
    # The suite itself may be started by make, which hands its own words on.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "ARGS"))}
    return subprocess.run(["make", *words, *uv], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def logged(tmp_path: Path) -> Callable[..., list[str]]:
    """`logged(WORDS)`: what `make WORDS` had uv and Python do, a line each."""
    for name in ("uv", "python3"):
        (tmp_path / name).write_text(LOGGED)
        (tmp_path / name).chmod(0o755)
    log = tmp_path / "log.txt"

    def told(*words: str) -> list[str]:
        log.unlink(missing_ok=True)
        done = make(tmp_path, f"PYTHON={tmp_path / 'python3'}", *words)
        assert done.returncode == 0, done.stderr
        return log.read_text().splitlines()

    return told


@pytest.mark.parametrize("uv", ["", "uv"])
def test_a_run_installs_no_development_tools(uv: str, logged: Callable[..., list[str]], tmp_path: Path) -> None:
    told = logged("run", f"UV={tmp_path / uv if uv else ''}", "ARGS=seed=2")
    *before, installed, run = told
    assert any(f"{uv or 'python3 -m'} venv" in line for line in before)
    assert installed.startswith(f"{uv} pip install" if uv else "python -m pip install")
    assert installed.endswith("--constraint constraints.txt --editable .")
    assert run == "python -m crack_exp.run seed=2"


def test_the_checks_add_their_tools_to_the_same_environment(logged: Callable[..., list[str]]) -> None:
    logged("run")
    (installed, tested) = logged("test", "ARGS=tests/data")
    assert installed.endswith("--editable .[dev]") and tested == "python -m pytest tests/data"
    assert logged("run") == ["python -m crack_exp.run"]
    assert logged("test") == ["python -m pytest"]


def test_new_versions_go_into_the_environment_that_is_there(tmp_path: Path, logged: Callable[..., list[str]]) -> None:
    logged("run")
    # Later by a second: file systems count in steps of some milliseconds, and make wants it newer.
    later = (tmp_path / ".venv/.installed").stat().st_mtime + 1
    os.utime(tmp_path / "constraints.txt", (later, later))
    told = logged("run")
    assert any("pip install" in line for line in told) and not any("venv .venv" in line for line in told)


def test_a_gpu_gets_its_own_tensorflow(logged: Callable[..., list[str]]) -> None:
    assert logged("run")[-2].endswith("--editable .")
    assert logged("run", "GPU=1")[-2].endswith("--editable .[gpu]")
    assert logged("test", "GPU=1")[-2].endswith("--editable .[dev,gpu]")


def test_a_long_step_is_announced(tmp_path: Path, logged: Callable[..., list[str]]) -> None:
    done = make(tmp_path, f"PYTHON={tmp_path / 'python3'}", "run")
    assert "Installing crack_exp and its libraries into .venv with pip: 1 to 3 minutes" in done.stdout
    assert "about 2 minutes" in done.stdout
    (tmp_path / "outputs" / "painted").mkdir(parents=True)
    assert "minutes" not in make(tmp_path, "run").stdout


def test_pythons_that_are_not_installed_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("3.11", "3.12", "3.13"):
        (tmp_path / f"python{version}").write_text("#!/bin/sh\nexit 127\n")
        (tmp_path / f"python{version}").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    done = make(tmp_path, "check-pythons")
    assert done.returncode == 0
    assert done.stdout.count("is not installed: left out") == 3


@pytest.fixture
def python_without_venv(tmp_path: Path) -> Path:
    """Debian's Python before python3-venv is installed: everything works but `import ensurepip`."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n')
    python.chmod(0o755)
    return python


def test_a_python_that_makes_no_environments_names_the_package(tmp_path: Path, python_without_venv: Path) -> None:
    refused = make(tmp_path, "install", f"PYTHON={python_without_venv}")
    assert refused.returncode != 0
    assert "sudo apt install python3-venv" in refused.stdout
    assert not (tmp_path / ".venv").exists()


def test_without_a_python_of_the_right_version_it_says_which(tmp_path: Path) -> None:
    refused = make(tmp_path, "install", "PYTHON=")
    assert refused.returncode != 0
    assert "Python 3.11, 3.12 or 3.13" in refused.stdout
