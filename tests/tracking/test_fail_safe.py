import logging

import pytest

from crack_exp.tracking.fail_safe import MAX_FAILURES_IN_A_ROW, FailSafe, first_line, reason, summary


class Tracker:
    """Records calls while it is up."""

    def __init__(self, up: bool) -> None:
        self.up = up
        self.calls = 0
        self.recorded: list[str] = []

    def record(self, what: str) -> None:
        self.calls += 1
        if not self.up:
            raise ConnectionError("no answer\nfrom port 5000")
        self.recorded.append(what)


def attempt(fail_safe: FailSafe, tracker: Tracker, what: str) -> None:
    fail_safe.attempt(what, lambda: tracker.record(what))


def test_a_failure_is_kept_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    fail_safe, tracker = FailSafe(), Tracker(up=False)
    with caplog.at_level(logging.WARNING):
        attempt(fail_safe, tracker, "epoch 1")
        attempt(fail_safe, tracker, "epoch 2")
    assert [(one.what, one.reason) for one in fail_safe.failed_calls] == [
        ("epoch 1", "ConnectionError: no answer"),
        ("epoch 2", "ConnectionError: no answer"),
    ]
    assert caplog.messages == [
        "MLflow did not record epoch 1 (ConnectionError: no answer); the run continues without it."
    ]


def test_calls_stop_after_several_failures_in_a_row() -> None:
    fail_safe, tracker = FailSafe(), Tracker(up=False)
    for epoch in range(100):
        attempt(fail_safe, tracker, f"epoch {epoch}")
    assert tracker.calls == MAX_FAILURES_IN_A_ROW == 3
    assert len(fail_safe.failed_calls) == 100


def test_separate_failures_do_not_stop_the_calls() -> None:
    fail_safe, tracker = FailSafe(), Tracker(up=True)
    for epoch in range(20):
        tracker.up = epoch % 2 == 0
        attempt(fail_safe, tracker, str(epoch))
    assert tracker.calls == 20
    assert [one.what for one in fail_safe.failed_calls] == [str(epoch) for epoch in range(1, 20, 2)]


def test_failed_calls_are_retried_in_order() -> None:
    fail_safe, tracker = FailSafe(), Tracker(up=False)
    for epoch in range(5):
        attempt(fail_safe, tracker, str(epoch))
    tracker.up = True
    fail_safe.reset()
    fail_safe.retry_failed()
    assert tracker.recorded == ["0", "1", "2", "3", "4"]
    assert fail_safe.failed_calls == []


def test_retries_stop_after_several_failures_in_a_row() -> None:
    fail_safe, tracker = FailSafe(), Tracker(up=False)
    for epoch in range(50):
        attempt(fail_safe, tracker, str(epoch))
    fail_safe.reset()
    fail_safe.retry_failed()
    assert tracker.calls == 2 * MAX_FAILURES_IN_A_ROW
    assert [one.what for one in fail_safe.failed_calls] == [str(epoch) for epoch in range(50)]


def test_the_reason_is_the_original_error_without_passwords() -> None:
    try:
        try:
            raise OSError("no answer from http://me:secret@host")
        except OSError as cause:
            raise RuntimeError("something in the store\nfailed") from cause
    except RuntimeError as error:
        assert reason(error) == "OSError: no answer from http://host"
        assert first_line(error) == "RuntimeError: something in the store"
    assert reason(KeyError()) == "KeyError"


def test_the_summary_has_each_kind_with_its_epochs() -> None:
    fail_safe, tracker = FailSafe(), Tracker(up=False)
    for what in ("settings", "metrics of epoch 1", "figures", "metrics of epoch 2", "metrics of epoch 9"):
        attempt(fail_safe, tracker, what)
    assert summary(fail_safe.failed_calls) == [
        "settings (ConnectionError: no answer)",
        "metrics of epoch 1, 2, 9 (ConnectionError: no answer)",
        "figures (ConnectionError: no answer)",
    ]


def test_ctrl_c_is_not_a_failed_call() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    fail_safe = FailSafe()
    with pytest.raises(KeyboardInterrupt):
        fail_safe.attempt("epoch 1", interrupted)
    assert fail_safe.failed_calls == []
