"""Every second of a run is counted once."""

import threading
from collections.abc import Iterator

import pytest

from crack_exp.system import timing
from crack_exp.system.timing import current, stopwatch, timed


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    yield clock


def test_the_time_of_an_inner_part_is_not_counted_twice(clock: Clock) -> None:
    with stopwatch(began=97.0) as table:
        clock.now += 1
        with timed("training"):
            clock.now += 10
            with timed("MLflow"):
                clock.now += 2
            clock.now += 20
        with timed("MLflow"):
            clock.now += 4
        clock.now += 0.5
        assert table.seconds == {"start-up": 3, "training": 30, "MLflow": 6, "other": 1.5}
        assert list(table.seconds)[-1] == "other"


def test_a_part_that_fails_ends(clock: Clock) -> None:
    with stopwatch(began=100.0) as table:
        with pytest.raises(ValueError), timed("audit"):
            clock.now += 1
            raise ValueError
        clock.now += 2
        assert table.seconds == {"start-up": 0, "audit": 1, "other": 2}


def test_each_run_has_its_own_stopwatch(clock: Clock) -> None:
    for _ in range(2):
        with stopwatch(began=clock.now) as table, timed("audit"):
            clock.now += 1
            assert table.seconds["audit"] == 1 and current() is table
    assert current() is not table


def test_the_time_of_threads_is_not_counted(clock: Clock) -> None:
    def work() -> None:
        with timed("decoding"):
            clock.now += 5

    with stopwatch(began=100.0) as table, timed("features"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert table.seconds == {"start-up": 0, "features": 5, "other": 0}
