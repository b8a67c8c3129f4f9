"""Metrics in MLflow: few, in the order in which people compare runs, and read back by the names of evaluation.json."""

import numpy as np
import pytest

from crack_exp.evaluation.evaluate import Evaluation, evaluate
from crack_exp.evaluation.predictions import Predictions
from crack_exp.run_files.recorded_metrics import (
    figures_of,
    figures_under,
    metrics_on_test,
    metrics_on_validation,
    validation_figures,
)


@pytest.fixture(scope="module")
def test() -> Evaluation:
    crack = np.array([0.1, 0.2, 0.6, 0.4, 0.7, 0.9, 0.8, 0.95])
    labels, names = np.array([0, 0, 0, 1, 1, 1, 1, 1]), list("abcdefgh")
    predictions = Predictions(
        names, names, labels, np.stack([1 - crack, crack], axis=1), ["intact", "crack"], frozenset([0])
    )
    return evaluate(predictions, 0.95, 100, 0, 0.5)


def test_the_figures_that_runs_are_compared_by_come_first_and_the_lower_bound_before_the_upper(
    test: Evaluation,
) -> None:
    assert list(metrics_on_test(test))[:9] == [
        *("test/recall_at_threshold", "test/recall_at_threshold_lower", "test/recall_at_threshold_upper"),
        "test/false_alarm_rate_at_threshold",
        *("test/false_alarm_rate_at_threshold_lower", "test/false_alarm_rate_at_threshold_upper"),
        *("test/auroc", "test/auroc_lower", "test/auroc_upper"),
    ]
    # MLflow's tables of several runs sort by name: the interval stands behind its figure there, too.
    assert sorted(metrics_on_test(test))[3:6] == ["test/auroc", "test/auroc_lower", "test/auroc_upper"]


def test_the_figures_of_classes_are_not_among_them(test: Evaluation) -> None:
    assert not [name for name in metrics_on_test(test) if name.count("/") > 1]
    assert len(metrics_on_test(test)) < 30 < len(figures_of(test))
    assert list(metrics_on_validation("head", test)) == [
        *("validation_head/auroc", "validation_head/loss", "validation_head/accuracy", "validation_head/macro_f1"),
    ]


def test_what_is_recorded_is_read_back(test: Evaluation) -> None:
    read = figures_under("test", metrics_on_test(test) | {"test_wall/auroc": 0.1})
    assert read == {name: figures_of(test)[name] for name in read}
    assert {"auroc", "auroc_low", "auroc_high", "threshold"} <= set(read)
    assert validation_figures(metrics_on_validation("head", test))["loss"] == test.scalars["loss"]


def test_metrics_of_earlier_versions_are_read_as_they_were_called_then() -> None:
    recorded = {"test/auroc": 0.9, "test/auroc_low": 0.8, "test/auroc_high": 0.95}
    assert figures_under("test", recorded) == {"auroc": 0.9, "auroc_low": 0.8, "auroc_high": 0.95}
