"""Locks are released when their process ends."""

import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from crack_exp.system import locks
from crack_exp.system.errors import UserError
from crack_exp.system.locks import exclusive_lock, is_locked, sole_lock

HOLDS = """
import sys
from pathlib import Path
from crack_exp.system.locks import exclusive_lock
with exclusive_lock(Path(sys.argv[1])):
    print("holds it", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_inside_only(tmp_path: Path) -> None:
    lock = tmp_path / "new" / "one.lock"
    assert not is_locked(lock)
    with exclusive_lock(lock):
        assert is_locked(lock)
    assert not is_locked(lock)


def test_a_killed_process_releases_its_lock(tmp_path: Path) -> None:
    lock = tmp_path / "one.lock"
    command = [sys.executable, "-c", HOLDS, str(lock)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "holds it\n"
    assert is_locked(lock)
    other.kill()
    other.communicate()
    assert not is_locked(lock)


def test_a_second_process_is_refused_while_the_first_one_works_and_nothing_is_left(tmp_path: Path) -> None:
    lock = tmp_path / "new" / ".lock"
    with sole_lock(lock, "busy"):
        with pytest.raises(UserError, match="^busy$"), sole_lock(lock, "busy"):
            pass
        assert is_locked(lock)
    assert not lock.exists()


def test_a_killed_process_does_not_keep_the_next_one_out(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    holds = HOLDS.replace("import exclusive_lock", "import sole_lock").replace("exclusive_lock(", "sole_lock(")
    command = [sys.executable, "-c", holds.replace("sys.argv[1])", "sys.argv[1]), 'busy'"), str(lock)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "holds it\n"
    with pytest.raises(UserError, match="^busy$"), sole_lock(lock, "busy"):
        pass
    other.kill()
    other.communicate()
    assert lock.exists()
    with sole_lock(lock, "busy"):
        assert is_locked(lock)
    assert not lock.exists()


def test_a_lock_that_its_holder_deletes_before_it_is_opened_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lock := tmp_path / ".lock").touch()

    def opened(file: Path) -> IO[bytes]:
        file.unlink()
        return file.open("r+b")

    with monkeypatch.context() as patch:
        patch.setattr(locks, "_opened", opened)
        with sole_lock(lock, "busy"):
            assert lock.exists()
    assert not lock.exists()


def test_a_lock_that_its_holder_deletes_meanwhile_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its holder ends between the opening and the locking of the file: a third process may have a new one by then."""
    lock = tmp_path / ".lock"
    monkeypatch.setattr(locks.fcntl, "flock", lambda file, how: lock.unlink())
    with pytest.raises(UserError, match="^busy$"), sole_lock(lock, "busy"):
        pass
