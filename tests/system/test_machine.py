"""What is installed on this machine."""

from pathlib import Path

import pytest

from crack_exp.system.machine import is_installed


def test_a_folder_is_no_library_of_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python would import it, from wherever it was started."""
    (tmp_path / "library_of_nobody").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert is_installed("keras") and not is_installed("library_of_nobody")
