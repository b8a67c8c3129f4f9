"""Seconds of a run: those that a setting costs, apart from what the first run of a process pays for all."""

from math import isnan

from crack_exp.run_files.recorded_metrics import other_seconds, training_seconds

FIRST = {
    "seconds/start-up": 3.0,
    "seconds/imports": 8.0,
    "seconds/features": 20.0,
    "seconds/training": 5.5,
    "seconds/head": 3.0,
    "seconds/fine_tune": 2.0,
    "seconds/evaluation": 1.0,
    "test/auroc": 0.9,
}


def test_what_jobs_share_is_apart_from_the_training_of_each() -> None:
    later = FIRST | {"seconds/start-up": 0.0, "seconds/imports": 0.0, "seconds/features": 0.0}
    assert training_seconds(FIRST) == training_seconds(later) == 5.0
    assert (other_seconds(FIRST), other_seconds(later)) == (32.0, 1.0)


def test_a_resumed_run_counts_the_epochs_before_the_break() -> None:
    """The clock of its process began anew; the phases are sums over all epochs."""
    assert training_seconds(FIRST | {"seconds/training": 0.1}) == 5.0


def test_what_was_not_recorded_is_unknown_and_not_nothing() -> None:
    assert isnan(training_seconds({"test/auroc": 0.9})) and isnan(other_seconds({"test/auroc": 0.9}))
    assert training_seconds({"seconds/training": 4.0}) == 4.0  # of a version that did not time the phases
