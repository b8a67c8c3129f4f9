import logging

import pytest

from crack_exp.tracking.fail_safe import FAILURES_BEFORE_SILENCE, FailSafe, first_line, reason, summary


class Tracker:
    """Takes what it is told while it is up."""

    def __init__(self, up: bool) -> None:
        self.up = up
        self.calls = 0
        self.taken: list[str] = []

    def take(self, what: str) -> None:
        self.calls += 1
        if not self.up:
            raise ConnectionError("no answer\nfrom port 5000")
        self.taken.append(what)


def tell(guard: FailSafe, tracker: Tracker, what: str) -> None:
    guard.attempt(what, lambda: tracker.take(what))


def test_a_failure_is_remembered_with_its_reason_and_work_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    guard, tracker = FailSafe(), Tracker(up=False)
    with caplog.at_level(logging.WARNING):
        tell(guard, tracker, "epoch 1")
        tell(guard, tracker, "epoch 2")
    assert [(one.what, one.reason) for one in guard.missed] == [
        ("epoch 1", "ConnectionError: no answer"),
        ("epoch 2", "ConnectionError: no answer"),
    ]
    assert caplog.messages == [
        "MLflow did not record epoch 1 (ConnectionError: no answer); the run goes on without it."
    ]


def test_a_tracker_that_is_gone_is_not_asked_again_and_again() -> None:
    guard, tracker = FailSafe(), Tracker(up=False)
    for epoch in range(100):
        tell(guard, tracker, f"epoch {epoch}")
    assert tracker.calls == FAILURES_BEFORE_SILENCE == 3
    assert len(guard.missed) == 100


def test_failures_far_apart_do_not_silence_the_tracker() -> None:
    guard, tracker = FailSafe(), Tracker(up=True)
    for epoch in range(20):
        tracker.up = epoch % 2 == 0
        tell(guard, tracker, str(epoch))
    assert tracker.calls == 20
    assert [one.what for one in guard.missed] == [str(epoch) for epoch in range(1, 20, 2)]


def test_what_was_missed_is_recorded_in_order_once_the_tracker_is_back() -> None:
    guard, tracker = FailSafe(), Tracker(up=False)
    for epoch in range(5):
        tell(guard, tracker, str(epoch))
    tracker.up = True
    guard.listen_again()
    guard.retry_missed()
    assert tracker.taken == ["0", "1", "2", "3", "4"]
    assert guard.missed == []


def test_a_tracker_that_is_still_gone_at_the_end_costs_a_few_more_calls_only() -> None:
    guard, tracker = FailSafe(), Tracker(up=False)
    for epoch in range(50):
        tell(guard, tracker, str(epoch))
    guard.listen_again()
    guard.retry_missed()
    assert tracker.calls == 2 * FAILURES_BEFORE_SILENCE
    assert [one.what for one in guard.missed] == [str(epoch) for epoch in range(50)]


def test_the_reason_is_the_first_cause_without_passwords() -> None:
    try:
        try:
            raise OSError("no answer from http://me:secret@host")
        except OSError as cause:
            raise RuntimeError("something in the store\nfailed") from cause
    except RuntimeError as error:
        assert reason(error) == "OSError: no answer from http://***@host"
        assert first_line(error) == "RuntimeError: something in the store"
    assert reason(KeyError()) == "KeyError"


def test_what_is_missing_is_told_by_kind_with_its_epochs() -> None:
    guard, tracker = FailSafe(), Tracker(up=False)
    for what in ("settings", "metrics of epoch 1", "figures", "metrics of epoch 2", "metrics of epoch 9"):
        tell(guard, tracker, what)
    assert summary(guard.missed) == [
        "settings (ConnectionError: no answer)",
        "metrics of epoch 1, 2, 9 (ConnectionError: no answer)",
        "figures (ConnectionError: no answer)",
    ]


def test_ctrl_c_is_no_failure_of_the_tracker() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    guard = FailSafe()
    with pytest.raises(KeyboardInterrupt):
        guard.attempt("epoch 1", interrupted)
    assert guard.missed == []
