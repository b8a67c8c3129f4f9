"""Ctrl-C stops the program even if a library has caught the KeyboardInterrupt."""

import os
import signal
from collections.abc import Iterator

import pytest

from crack_exp.system.interrupts import raise_if_interrupted, remember_interrupts


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Restores the signal handler of this process after a test."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_raises_at_once() -> None:
    remember_interrupts()
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()


def test_an_interrupt_caught_by_a_bare_except_is_raised_once_at_the_next_step() -> None:
    remember_interrupts()
    try:
        press_ctrl_c()
    except:  # noqa: E722 - as libraries do
        pass
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()
    raise_if_interrupted()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_in_a_finaliser_is_raised_at_the_next_step() -> None:
    class Finalised:
        def __del__(self) -> None:
            press_ctrl_c()

    remember_interrupts()
    Finalised()
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()


def test_without_an_interrupt_nothing_is_raised() -> None:
    remember_interrupts()
    raise_if_interrupted()


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    remember_interrupts()
    press_ctrl_c()
    raise_if_interrupted()
