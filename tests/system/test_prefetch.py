"""The next item is computed while the current one is used."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from crack_exp.system.prefetch import prefetch


def test_results_come_in_order() -> None:
    assert list(prefetch(partial(pow, 2, exponent) for exponent in range(5))) == [1, 2, 4, 8, 16]


def test_no_calls_give_no_results() -> None:
    assert list(prefetch([])) == []


def test_the_next_item_is_computed_while_the_current_one_is_used() -> None:
    made = [threading.Event() for _ in range(3)]
    results = prefetch(event.set for event in made)
    next(results)
    assert made[1].wait(timeout=30)


def test_an_error_is_raised_in_place_of_its_result() -> None:
    calls: list[Callable[[], float]] = [lambda: 1.0, lambda: 1 / 0]
    results = prefetch(calls)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_a_caller_that_stops_early_does_not_wait() -> None:
    release, done = threading.Event(), threading.Event()

    def slow() -> None:
        release.wait(timeout=20)
        done.set()

    results = prefetch([lambda: None, slow])
    next(results)
    results.close()
    assert not done.is_set()
    release.set()
