"""The output of TensorFlow's start is hidden, unless the start fails."""

import os

import pytest

from crack_exp.system.quiet_start import LOG_LEVEL, quiet_start


@pytest.fixture(autouse=True)
def without_log_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment has no log level."""
    monkeypatch.delenv(LOG_LEVEL, raising=False)


def write(text: bytes) -> None:
    """Write directly to the file descriptor, like C++ code."""
    os.write(2, text)


def test_a_successful_start_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_start():
        write(b"FAILED CALL TO cuInit\n")
        assert os.environ[LOG_LEVEL] == "2"
    write(b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
    assert LOG_LEVEL not in os.environ


def test_a_failed_start_prints_everything(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ImportError), quiet_start():
        write(b"libcudart.so is broken\n")
        raise ImportError
    assert capfd.readouterr().err == "libcudart.so is broken\n"
    assert LOG_LEVEL not in os.environ


def test_with_a_log_level_everything_is_printed(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOG_LEVEL, "0")
    with quiet_start():
        write(b"details\n")
    assert capfd.readouterr().err == "details\n"
    assert os.environ[LOG_LEVEL] == "0"


def test_it_leaves_no_file_open(capfd: pytest.CaptureFixture[str]) -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(3):
        with quiet_start():
            write(b"x")
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after == before
