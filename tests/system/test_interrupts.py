"""Ctrl-C is heeded, whoever swallowed it."""

import os
import signal
from collections.abc import Iterator

import pytest

from crack_exp.system.interrupts import raise_if_interrupted, remember_interrupts


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """That of this process, whatever a test makes of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_raises_at_once_as_ever() -> None:
    remember_interrupts()
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()


def test_what_a_bare_except_swallowed_is_heeded_at_the_next_step_once() -> None:
    remember_interrupts()
    try:
        press_ctrl_c()
    except:  # noqa: E722 - as libraries do
        pass
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()
    raise_if_interrupted()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_raised_in_a_finaliser_is_heeded_at_the_next_step() -> None:
    class Finalised:
        def __del__(self) -> None:
            press_ctrl_c()

    remember_interrupts()
    Finalised()
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()


def test_nobody_stops_who_was_not_asked_to() -> None:
    remember_interrupts()
    raise_if_interrupted()


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    remember_interrupts()
    press_ctrl_c()
    raise_if_interrupted()
