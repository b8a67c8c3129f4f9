import logging
from collections.abc import Callable, Sequence

import pytest

from crack_exp.tracking.entries import Entry
from crack_exp.tracking.fail_safe import MAX_FAILURES_IN_A_ROW, FailSafe, Owed, first_line, reason, summary


class Tracker:
    """Records entries while it is up. kept: what was owed after each change."""

    def __init__(self, up: bool) -> None:
        self.up = up
        self.calls = 0
        self.recorded: list[str] = []
        self.kept: list[list[str]] = []

    def record(self, entry: Entry) -> None:
        self.calls += 1
        if not self.up:
            raise ConnectionError("no answer\nfrom port 5000")
        self.recorded.append(entry.what)

    def keep(self, owed: Sequence[Owed]) -> None:
        self.kept.append([one.entry.what for one in owed])


def fail_safe_of(tracker: Tracker, record: Callable[[Entry], None] | None = None) -> FailSafe:
    return FailSafe(record or tracker.record, tracker.keep)


def attempt(fail_safe: FailSafe, what: str) -> None:
    fail_safe.attempt(Entry(what, "tags", {}))


def owed(fail_safe: FailSafe) -> list[str]:
    return [one.entry.what for one in fail_safe.owed]


def test_a_failure_is_kept_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    tracker = Tracker(up=False)
    fail_safe = fail_safe_of(tracker)
    with caplog.at_level(logging.WARNING):
        attempt(fail_safe, "epoch 1")
        attempt(fail_safe, "epoch 2")
    assert [(one.entry.what, one.reason) for one in fail_safe.owed] == [
        ("epoch 1", "ConnectionError: no answer"),
        ("epoch 2", "ConnectionError: no answer"),
    ]
    assert caplog.messages == [
        "MLflow did not record epoch 1 (ConnectionError: no answer); the run continues without it."
    ]


def test_calls_stop_after_several_failures_in_a_row() -> None:
    tracker = Tracker(up=False)
    fail_safe = fail_safe_of(tracker)
    for epoch in range(100):
        attempt(fail_safe, f"epoch {epoch}")
    assert tracker.calls == MAX_FAILURES_IN_A_ROW == 3
    assert len(fail_safe.owed) == 100


def test_separate_failures_do_not_stop_the_calls() -> None:
    tracker = Tracker(up=True)
    fail_safe = fail_safe_of(tracker)
    for epoch in range(20):
        tracker.up = epoch % 2 == 0
        attempt(fail_safe, str(epoch))
    assert tracker.calls == 20
    assert owed(fail_safe) == [str(epoch) for epoch in range(1, 20, 2)]


def test_failed_calls_are_retried_in_order() -> None:
    tracker = Tracker(up=False)
    fail_safe = fail_safe_of(tracker)
    for epoch in range(5):
        attempt(fail_safe, str(epoch))
    tracker.up = True
    fail_safe.retry()
    assert tracker.recorded == ["0", "1", "2", "3", "4"]
    assert owed(fail_safe) == []
    assert tracker.kept[0] == ["0"] and tracker.kept[4] == ["0", "1", "2", "3", "4"] and tracker.kept[-1] == []


def test_a_full_disk_is_no_error_before_the_end() -> None:
    def full(owed: object) -> None:
        raise OSError("no space left")

    fail_safe = FailSafe(Tracker(up=False).record, full)
    attempt(fail_safe, "epoch 1")
    assert owed(fail_safe) == ["epoch 1"]
    with pytest.raises(OSError, match="no space left"):
        fail_safe.retry()


def test_retries_stop_after_several_failures_in_a_row() -> None:
    tracker = Tracker(up=False)
    fail_safe = fail_safe_of(tracker)
    for epoch in range(50):
        attempt(fail_safe, str(epoch))
    fail_safe.retry()
    assert tracker.calls == 2 * MAX_FAILURES_IN_A_ROW
    assert owed(fail_safe) == [str(epoch) for epoch in range(50)]


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
    tracker = Tracker(up=False)
    fail_safe = fail_safe_of(tracker)
    for what in ("settings", "metrics of epoch 1", "figures", "metrics of epoch 2", "metrics of epoch 9"):
        attempt(fail_safe, what)
    assert summary(fail_safe.owed) == [
        "settings (ConnectionError: no answer)",
        "metrics of epoch 1, 2, 9 (ConnectionError: no answer)",
        "figures (ConnectionError: no answer)",
    ]


def test_ctrl_c_is_not_a_failed_call() -> None:
    def interrupted(entry: Entry) -> None:
        raise KeyboardInterrupt

    fail_safe = fail_safe_of(Tracker(up=True), interrupted)
    with pytest.raises(KeyboardInterrupt):
        attempt(fail_safe, "epoch 1")
    assert owed(fail_safe) == []
