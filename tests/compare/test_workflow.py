"""A comparison of finished runs."""

import json
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crack_exp.compare import workflow
from crack_exp.compare.finished_settings import by_test_images, finished_settings
from crack_exp.compare.workflow import compare, run_comparison
from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.schema import TrackingConfig
from crack_exp.report.comparison.content import Comparison, Ranking
from crack_exp.run_files.names import CLASSES, INTACT
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.tracking.finished_run import FinishedRun

CONFIG = CompareConfig(
    runs=[],
    sweep=None,
    filter=None,
    metric="auroc",
    confidence=0.95,
    bootstrap_resamples=100,
    seed=0,
    tracking=TrackingConfig("walls", None, "mlruns"),
)


class Files:
    """Access to a run in its store, without its images."""

    def __init__(self, crack_scores: list[float]) -> None:
        self.crack_scores = crack_scores

    def rows(self, path: str, sha256: str | None) -> list[dict[str, str]] | None:
        if path != "predictions.csv":
            return None
        return [
            {
                "name": f"{number}.jpg",
                "label": "crack" if number % 2 else "sound",
                "group": str(number),
                "probability crack": str(score),
                "probability sound": str(1 - score),
            }
            for number, score in enumerate(self.crack_scores)
        ]

    def data_location(self) -> str | None:
        return None


def run(optimizer: str, seed: str, crack_scores: list[float], **metrics: float) -> FinishedRun:
    """Images 0, 2, ... are sound, 1, 3, ... are cracked."""
    files: Any = Files(crack_scores)
    tags = {
        CLASSES: json.dumps(["crack", "sound"]),
        INTACT: json.dumps(["sound"]),
        "overrides": f"optimizer={optimizer}",
    }
    params = {"seed": seed, "optimizer": optimizer}
    measured = {key.replace("__", "/"): value for key, value in metrics.items()}
    return FinishedRun(f"{optimizer} {seed}", optimizer, "FINISHED", params, measured, tags, files)


def compared(*runs: FinishedRun) -> Comparison:
    found = [predicted_run for one in runs if isinstance(predicted_run := read_predicted_run(one), PredictedRun)]
    together = [finished_settings(some) for some in by_test_images(found)]
    return compare(together, [], CONFIG, ["sweep=monday", "metric=auroc"])


def ranking(*runs: FinishedRun) -> Ranking:
    """Of runs that have all the same test images."""
    (found,) = compared(*runs).rankings
    return found


GOOD, POOR = [0.1, 0.9, 0.2, 0.8, 0.3, 0.9], [0.1, 0.2, 0.2, 0.8, 0.9, 0.9]
"""POOR is wrong on image 1 and image 4: the probability of the label is 0.7 and 0.6 lower than in GOOD."""


def test_costs_are_read_from_the_metrics_of_each_run() -> None:
    metrics = {"model__parameters": 412_000.0, "model__size_mb": 2.3}
    runs = [
        run("adam", "1", GOOD, seconds__training=3.0, seconds__audit=1.0, seconds__head=3.0, **metrics),
        run("adam", "2", GOOD),
        run("sgd", "1", POOR),
    ]
    adam, _ = ranking(*runs).ranked
    assert {cost: of_runs[0] for cost, of_runs in adam.costs.items()} == {
        "training_seconds": 3.0,
        "other_seconds": 1.0,
        "parameters": 412_000,
        "size_mb": 2.3,
    }
    assert all(isnan(of_runs[1]) for of_runs in adam.costs.values())


def test_the_same_runs_are_selected_by_their_ids() -> None:
    comparison = compared(run("adam", "1", GOOD), run("rmsprop", "1", POOR), run("adam", "2", GOOD))
    assert comparison.command == "python -m crack_exp.compare sweep=monday metric=auroc"
    assert comparison.same_runs == "python -m crack_exp.compare metric=auroc 'runs=[adam 1,adam 2,rmsprop ]'"


def test_matrices_are_the_mean_over_seeds() -> None:
    """Rows crack, sound: one seed finds 3 of 3 and 3 of 3, the other 2 of 3 and 2 of 3."""
    one, _ = ranking(run("adam", "1", GOOD), run("adam", "2", POOR), run("sgd", "1", POOR)).ranked
    np.testing.assert_array_equal(one.confusion, [[2.5, 0.5], [0.5, 2.5]])
    assert one.class_names == ["crack", "sound"]


def test_each_run_decides_at_the_threshold_that_it_recorded() -> None:
    """Of 3 cracks the first seed finds those from 0.85 on: 2; the second all from 0.15 on, with 2 false alarms."""
    runs = [run("adam", "1", GOOD, test__threshold=0.85), run("adam", "2", GOOD, test__threshold=0.15)]
    found = {one.name: one for one in ranking(*runs, run("sgd", "1", POOR, test__threshold=0.5)).ranked}
    adam = found["optimizer=adam"]
    assert adam.decisions is not None
    np.testing.assert_array_equal(adam.decisions.confusion, [[2.5, 0.5], [1.0, 2.0]])
    assert adam.figures["recall_at_threshold"].of_runs == pytest.approx([2 / 3, 1])
    assert adam.figures["false_alarm_rate_at_threshold"].of_runs == pytest.approx([0, 2 / 3])


def test_runs_without_a_threshold_have_no_decisions() -> None:
    """Those of an earlier version: one of its seeds is enough."""
    runs = [run("adam", "1", GOOD, test__threshold=0.5), run("adam", "2", GOOD)]
    found = ranking(*runs, run("sgd", "1", POOR, test__threshold=0.5))
    adam, _ = found.ranked
    assert adam.decisions is None and "recall_at_threshold" not in adam.figures and "auroc" in adam.figures
    assert found.disagreements is None


def test_settings_have_labels_in_their_order() -> None:
    found = ranking(run("sgd", "1", POOR), run("adam", "1", GOOD))
    assert [(one.label, one.name) for one in found.ranked] == [("A", "optimizer=adam"), ("B", "optimizer=sgd")]
    assert [(pair.first, pair.second) for pair in found.pairs] == [("A", "B")]


def test_disagreements_have_the_reason_why_images_are_missing() -> None:
    runs = [run("sgd", "1", POOR, test__threshold=0.5), run("adam", "1", GOOD, test__threshold=0.5)]
    shown = ranking(*runs).disagreements
    assert shown is not None
    assert [shown.names[image.image] for image in shown.agreement.disputed] == ["1.jpg", "4.jpg"]
    assert list(shown.agreement.disputed[0].settings) == ["A", "B"], "best first"
    assert shown.pictures == {} and shown.missing.startswith("2 images cannot be shown (2 gone), such as 1.jpg")


def test_settings_are_ordered_by_validation() -> None:
    """The best on test is second on validation."""
    runs = [
        run("adam", "1", GOOD, validation_head__auroc=0.91),
        run("sgd", "1", POOR, validation_head__auroc=0.93),
    ]
    found = ranking(*runs)
    assert found.by_validation and [one.name for one in found.ranked] == ["optimizer=sgd", "optimizer=adam"]
    assert [one.validation for one in found.ranked] == [0.93, 0.91]


def test_settings_are_ordered_by_test_where_a_run_has_no_validation_figures() -> None:
    found = ranking(run("sgd", "1", POOR, validation_head__auroc=0.93), run("adam", "1", GOOD))
    assert not found.by_validation
    assert [one.name for one in found.ranked] == ["optimizer=adam", "optimizer=sgd"]
    assert found.selection is not None and not found.selection.has_seeds


def test_settings_are_compared_where_their_test_images_are_the_same() -> None:
    """Two sets of test images, and a setting whose images no other has."""
    few, fewer = slice(4), slice(2)
    comparison = compared(
        *(run(name, "1", GOOD) for name in ("adam", "sgd", "nadam")),
        *(run(name, "1", POOR[few]) for name in ("rmsprop", "adamw")),
        run("lion", "1", GOOD[fewer]),
    )
    assert [[one.label for one in found.ranked] for found in comparison.rankings] == [["A", "B", "C"], ["D", "E"]]
    assert [found.images for found in comparison.rankings] == [6, 4]
    assert [len(found.pairs) for found in comparison.rankings] == [3, 1]
    assert not any(pair.refused for found in comparison.rankings for pair in found.pairs)
    assert comparison.alone == ["run lion 1 ('lion'): no other setting has the same 2 test images"]
    assert comparison.same_runs.count(",") == 4, "five runs are compared"


def test_p_values_are_corrected_for_the_pairs_of_all_sets() -> None:
    first, second = (run(name, "1", GOOD) for name in ("adam", "sgd"))
    third, fourth = (run(name, "1", POOR[:4]) for name in ("rmsprop", "adamw"))
    assert [found.tested_pairs for found in compared(first, second, third, fourth).rankings] == [2, 2]


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (
            [run("adam", "1", [])],
            "runs: 1 run found, with predictions of 0 settings; select runs of at least two",
        ),
        ([run("adam", "1", GOOD)], "runs: 1 run found, with predictions of 1 setting; select"),
        ([run("adam", seed, GOOD) for seed in "12"], "runs: 2 runs found, with predictions of 1 setting; select"),
        (
            [run("adam", "1", GOOD), run("sgd", "1", POOR[:4])],
            "runs: 2 runs found, with predictions of 2 settings, no two on the same test images; compare runs with",
        ),
    ],
)
def test_too_few_settings_are_an_error(
    runs: list[FinishedRun], message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workflow, "find_runs", lambda store, **_: runs)
    with pytest.raises(ValueError, match=message):
        run_comparison(CONFIG, tmp_path / "page", "a command")
    assert not (tmp_path / "page").exists()
