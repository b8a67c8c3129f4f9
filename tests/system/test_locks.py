"""One process at a time, on one machine or on several; whoever dies holds nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crack_exp.system import lock_holders, locks
from crack_exp.system.errors import UserError
from crack_exp.system.locks import LockLost, exclusive_lock, is_locked, raise_if_lost, sole_lock, try_lock

HOLDS = """
import sys
from pathlib import Path
from crack_exp.system import lock_holders, locks
machine, kind, folder = sys.argv[1:]
locks.BEAT_S = 0.05
if machine != "this":
    lock_holders.boot_id = lambda: machine
arguments = ["busy"] if kind == "sole_lock" else []
with getattr(locks, kind)(Path(folder), *arguments) as held:
    print("holds it", flush=True)
    for line in sys.stdin:
        print("lost" if held.is_lost() else "held", flush=True)
"""
ADDS = """
import sys, time
from pathlib import Path
from crack_exp.system.locks import exclusive_lock
folder, file = map(Path, sys.argv[1:])
for _ in range(20):
    with exclusive_lock(folder):
        number = int(file.read_text())
        time.sleep(0.001)
        file.write_text(str(number + 1))
"""


class Process:
    """Another one, which holds a lock."""

    def __init__(self, folder: Path, machine: str, kind: str) -> None:
        command = [sys.executable, "-c", HOLDS, machine, kind, str(folder)]
        self.popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "holds it"

    def says(self) -> str:
        """Whether it finds the lock held or lost."""
        assert self.popen.stdin is not None
        self.popen.stdin.write("?\n")
        self.popen.stdin.flush()
        return self._line()

    def send(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)
        if number == signal.SIGKILL:
            self.popen.wait()

    def _line(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()


Starter = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Starter]:
    started = list[Process]()

    def start(folder: Path, machine: str = "this", kind: str = "exclusive_lock") -> Process:
        started.append(Process(folder, machine, kind))
        return started[-1]

    yield start
    for process in started:
        process.popen.kill()
        with process.popen:  # waits for it, and closes its pipes
            pass


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holders of another machine count as dead soon."""
    monkeypatch.setattr(lock_holders, "SILENCE_S", 1.5)
    monkeypatch.setattr(locks, "LONGEST_POLL_S", 0.05)


def test_a_lock_is_held_inside_only(tmp_path: Path) -> None:
    lock = tmp_path / "new" / "one.lease"
    assert not is_locked(lock)
    for _ in range(3):
        with exclusive_lock(lock):
            assert is_locked(lock) and try_lock(lock) is None
        assert not is_locked(lock)
    assert [file.name for file in lock.iterdir()] == ["3"]


def test_processes_that_take_turns_lose_nothing(tmp_path: Path) -> None:
    (count := tmp_path / "count").write_text("0")
    command = [sys.executable, "-c", ADDS, str(tmp_path / "lock"), str(count)]
    for process in [subprocess.Popen(command) for _ in range(4)]:
        assert process.wait(timeout=60) == 0
    assert count.read_text() == "80"


def test_a_killed_process_of_this_machine_loses_its_lock_at_once(tmp_path: Path, start: Starter) -> None:
    lock = tmp_path / "one.lease"
    other = start(lock)
    assert is_locked(lock)
    other.send(signal.SIGKILL)
    assert not is_locked(lock)
    began = time.monotonic()
    with exclusive_lock(lock):
        assert time.monotonic() - began < 1


@pytest.mark.usefixtures("impatient")
def test_the_lock_of_a_killed_process_of_another_machine_is_taken_when_it_was_silent_long_enough(
    tmp_path: Path, start: Starter
) -> None:
    lock = tmp_path / "one.lease"
    other = start(lock, "another")
    other.send(signal.SIGKILL)
    began = time.monotonic()
    with exclusive_lock(lock):
        assert time.monotonic() - began >= lock_holders.SILENCE_S


@pytest.mark.usefixtures("impatient")
def test_the_lock_of_a_process_of_another_machine_that_lives_is_not_taken(tmp_path: Path, start: Starter) -> None:
    other = start(tmp_path / "one.lease", "another")
    end = time.monotonic() + 1.5 * lock_holders.SILENCE_S
    while time.monotonic() < end:
        assert try_lock(tmp_path / "one.lease") is None
        time.sleep(0.05)
    assert other.says() == "held"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("machine", ["this", "another"])
def test_a_process_that_was_stopped_learns_that_another_one_took_over(
    tmp_path: Path, start: Starter, machine: str
) -> None:
    lock = tmp_path / "one.lease"
    other = start(lock, machine)
    other.send(signal.SIGSTOP)
    with exclusive_lock(lock) as held:
        other.send(signal.SIGCONT)
        assert other.says() == "lost"
        time.sleep(0.2)  # it beats no more on what is not its own
        assert not held.is_lost() and is_locked(lock)
        assert other.popen.stdin is not None
        other.popen.stdin.close()  # it ends, and gives back what it no longer holds
        other.popen.wait()
        assert not held.is_lost() and is_locked(lock)


def test_who_lost_a_lock_is_told_before_it_writes(tmp_path: Path) -> None:
    lock = tmp_path / "one.lease"
    with pytest.raises(LockLost, match="another one has taken over; nothing more is written"), exclusive_lock(lock):
        raise_if_lost()
        (lock / "2").touch()
        raise_if_lost()
    raise_if_lost()


def test_a_look_after_a_long_pause_is_no_proof_of_death(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits may have been stopped together with the holder, as programs in a virtual machine are."""
    (tmp_path / "1").write_text('{"machine": "another", "host": "a", "process": 1, "beat": 1}')
    now = 0.0
    monkeypatch.setattr(locks.time, "monotonic", lambda: now)
    assert try_lock(tmp_path) is None
    for pause_s in (10_000, 10, 10):
        now += pause_s
        assert try_lock(tmp_path) is None
    now += 20
    taken = try_lock(tmp_path)
    assert taken is not None
    taken.release()


def test_what_was_read_before_another_one_took_the_lock_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "7").touch()
    numbers = iter([3, 7])
    with monkeypatch.context() as patch:
        patch.setattr(locks, "_highest", lambda folder: next(numbers))
        assert try_lock(tmp_path) is None
    assert [file.name for file in tmp_path.iterdir()] == ["7"]


def test_a_second_process_is_refused_while_the_first_one_works_and_nothing_is_left(tmp_path: Path) -> None:
    lock = tmp_path / "new" / ".lease"
    with sole_lock(lock, "busy"):
        with pytest.raises(UserError, match="^busy$"), sole_lock(lock, "busy"):
            pass
        assert is_locked(lock)
    assert not lock.exists()


def test_a_killed_process_does_not_keep_the_next_one_out(tmp_path: Path, start: Starter) -> None:
    lock = tmp_path / ".lease"
    other = start(lock, kind="sole_lock")
    with pytest.raises(UserError, match="^busy$"), sole_lock(lock, "busy"):
        pass
    other.send(signal.SIGKILL)
    assert lock.exists()
    with sole_lock(lock, "busy"):
        assert is_locked(lock)
    assert not lock.exists()


@pytest.mark.usefixtures("impatient")
def test_one_of_another_machine_is_watched_before_it_is_refused_or_taken_over(tmp_path: Path, start: Starter) -> None:
    lock = tmp_path / ".lease"
    other = start(lock, "another", "sole_lock")
    with pytest.raises(UserError, match="^busy$"), sole_lock(lock, "busy"):
        pass
    other.send(signal.SIGKILL)
    with sole_lock(lock, "busy"):
        assert is_locked(lock)


def test_a_forked_process_holds_nothing(tmp_path: Path) -> None:
    program = "import os, sys; from pathlib import Path; from crack_exp.system import locks\n"
    program += "held = locks.try_lock(Path(sys.argv[1]))\n"
    program += "child = os.fork()\nif not child: os._exit(len(locks._held))\nprint(os.waitpid(child, 0)[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, env=os.environ
    )
    assert done.stdout == "0\n", done.stderr
