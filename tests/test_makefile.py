"""Setting up says what is missing, in one sentence."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commands import REPOSITORY


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, folder)
    return subprocess.run(["make", "install", *words], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def python_without_venv(tmp_path: Path) -> Path:
    """Debian's Python before python3-venv is installed: everything works but `import ensurepip`."""
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n')
    python.chmod(0o755)
    return python


def test_a_python_that_makes_no_environments_names_the_package(tmp_path: Path, python_without_venv: Path) -> None:
    refused = make(tmp_path, f"PYTHON={python_without_venv}")
    assert refused.returncode != 0
    assert "sudo apt install python3-venv" in refused.stdout
    assert not (tmp_path / ".venv").exists()


def test_without_a_python_of_the_right_version_it_says_which(tmp_path: Path) -> None:
    refused = make(tmp_path, "PYTHON=")
    assert refused.returncode != 0
    assert "Python 3.11, 3.12 or 3.13" in refused.stdout
