"""Locks are released when their process ends."""

import subprocess
import sys
from pathlib import Path

from crack_exp.system.locks import exclusive_lock, is_locked

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
