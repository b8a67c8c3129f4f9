"""What needs more memory than is free is refused before it is taken."""

from pathlib import Path

import pytest

from crack_exp.system import memory
from crack_exp.system.errors import UserError
from crack_exp.system.memory import check_memory, free_bytes


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of a system with 8 GB free, and of no container."""
    (tmp_path / "meminfo").write_text("MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n")
    monkeypatch.setattr(memory, "SYSTEM", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    return tmp_path


def test_the_free_memory_is_what_the_system_can_still_give(machine: Path) -> None:
    assert free_bytes() == 8_000_000 * 1024


def test_a_container_may_have_less(machine: Path) -> None:
    (machine / "memory.stat").write_text("anon 1000000000\nfile 5000000000\n")
    (machine / "memory.max").write_text("max\n")
    assert free_bytes() == 8_000_000 * 1024
    (machine / "memory.max").write_text("3000000000\n")
    assert free_bytes() == 2_000_000_000


def test_where_nothing_is_known_nothing_is_refused(machine: Path) -> None:
    (machine / "meminfo").unlink()
    assert free_bytes() is None
    check_memory(1e15, "data.cache_gb=1e6", "images", "lower it")


def test_what_does_not_fit_is_told_with_its_setting(machine: Path) -> None:
    check_memory(8e9, "data.cache_gb=8", "images", "lower it")
    with pytest.raises(UserError) as raised:
        check_memory(9e9, "data.cache_gb=9", "images", "lower it")
    assert str(raised.value) == "data.cache_gb=9: images need 9.0 GB of memory, and 8.2 GB are free; lower it"


def test_this_machine_has_some() -> None:
    free = free_bytes()
    assert free is None or free > 1e6
