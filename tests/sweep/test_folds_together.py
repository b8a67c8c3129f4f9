"""The figures of all folds of a setting, where every fold is there."""

from typing import Any

import pytest

from crack_exp.sweep.folds_together import folds_together
from crack_exp.tracking.finished_run import FinishedRun


def run(fold: str | None, auroc: float, **others: str) -> FinishedRun:
    params = {"data.fold": str(fold), "data.validation": "0.15", "evaluation.confidence": "0.95"} | others
    name = ", ".join([*others.values(), *([f"fold={fold}"] if fold else [])])
    store: Any = None
    return FinishedRun("id", name, "FINISHED", params | {"run_name": name}, {"test/auroc": auroc}, {}, store)


def test_the_mean_over_all_folds_has_the_interval_of_folds_that_share_training_images() -> None:
    (found,) = folds_together([run(f"{k}/5", auroc) for k, auroc in enumerate((0.8, 0.9, 0.85, 0.95, 0.9), 1)])
    assert (found.name, found.folds) == ("", 5)
    # By hand: a standard deviation of 0.0570, (1/5 + 0.2/0.65) of its square, Student's 2.776 of 4.
    assert found.figures["auroc"] == pytest.approx(0.88)
    assert found.figures["auroc_low"] == pytest.approx(0.88 - 2.776 * 0.0570 * (0.2 + 0.2 / 0.65) ** 0.5, abs=1e-3)
    assert found.figures["auroc_high"] == pytest.approx(0.993, abs=1e-3)


def test_each_setting_stands_alone_and_one_that_lacks_a_fold_is_left_out() -> None:
    adam = [run(f"{k}/2", 0.9, optimizer="adam") for k in (1, 2)]
    sgd = [run("1/2", 0.8, optimizer="sgd"), run("1/2", 0.8, optimizer="sgd", seed="2")]
    assert [one.name for one in folds_together([*adam, *sgd, run(None, 0.7)])] == ["adam"]


def test_of_a_fold_that_was_done_again_the_last_run_counts() -> None:
    (found,) = folds_together([run("1/2", 0.5), run("2/2", 0.8), run("1/2", 0.9)])
    assert found.folds == 2 and found.figures["auroc"] == pytest.approx(0.85)


def test_folds_that_are_all_without_an_error_have_no_interval() -> None:
    """It would be of no width, and say that no wall ever has an error."""
    (found,) = folds_together([run("1/2", 1.0), run("2/2", 1.0)])
    assert found.figures == {"auroc": 1.0}


def test_the_interval_of_a_share_ends_at_one() -> None:
    (found,) = folds_together([run("1/2", 0.5), run("2/2", 1.0)])
    assert (found.figures["auroc_low"], found.figures["auroc_high"]) == (0.0, 1.0)
