"""Settings from runs in MLflow: their grouping and their names."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from crack_exp.compare.finished_settings import by_test_images, differing, finished_settings, names_of
from crack_exp.run_files.names import CLASSES, DATA_SHA256, INTACT
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.tracking.finished_run import FinishedRun

ROWS = [
    {"name": "b.jpg", "label": "crack", "group": "wall 1", "probability sound": "0.2", "probability crack": "0.8"},
    {"name": "a.jpg", "label": "sound", "group": "wall 1", "probability sound": "0.7", "probability crack": "0.3"},
]


class Files:
    """Access to a run in its store."""

    def __init__(self, files: dict[str, list[dict[str, str]]]) -> None:
        self.files = files

    def rows(self, path: str, sha256: str | None) -> list[dict[str, str]] | None:
        return self.files.get(path)


def run(
    number: int = 0,
    overrides: str = "",
    images: str = "",
    rows: list[dict[str, str]] = ROWS,
    tags: Mapping[str, str] = {},
    **params: str,
) -> FinishedRun:
    """images: the sha256 of all images."""
    files: Any = Files({"predictions.csv": rows})
    kept = {CLASSES: json.dumps(["crack", "sound"]), INTACT: json.dumps(["sound"])}
    kept |= {"overrides": overrides, DATA_SHA256: images, **tags}
    return FinishedRun(f"id {number}", f"run {number}", "FINISHED", {"seed": "1"} | params, {}, kept, files)


def predicted_run(number: int = 0, overrides: str = "", **params: Any) -> PredictedRun:
    found = read_predicted_run(run(number, overrides, **params))
    assert isinstance(found, PredictedRun)
    return found


def test_predictions_are_read_in_the_order_of_their_names() -> None:
    predictions = predicted_run().predictions
    assert predictions.names == ["a.jpg", "b.jpg"] and predictions.groups == ["wall 1", "wall 1"]
    np.testing.assert_array_equal(predictions.labels, [1, 0])
    np.testing.assert_array_equal(predictions.probabilities, np.array([[0.3, 0.7], [0.8, 0.2]], np.float32))
    np.testing.assert_array_equal(predictions.is_crack, [False, True])


def test_an_unfinished_run_or_one_without_predictions_is_excluded() -> None:
    assert read_predicted_run(FinishedRun(**(vars(run()) | {"status": "FAILED"}))) == "is FAILED"
    without = run()
    without.store.files.clear()  # type: ignore[attr-defined]
    assert read_predicted_run(without) == "has no predictions"
    old = FinishedRun(**(vars(run()) | {"tags": {}}))
    assert read_predicted_run(old) == "has no predictions"


def test_runs_that_differ_only_in_their_seed_are_one_setting() -> None:
    typed = ["optimizer=adam seed=10", "optimizer=sgd seed=2", "optimizer=adam seed=2"]
    everyone = finished_settings(
        [
            predicted_run(
                number, words, optimizer=words[10:14].strip(), seed=words.rpartition("=")[2], **{"run_name": words}
            )
            for number, words in enumerate(typed)
        ]
    )
    assert names_of(everyone) == ["optimizer=adam", "optimizer=sgd"]
    assert [one.seeds for one in everyone] == [["2", "10"], ["2"]]
    assert differing(everyone) == ["optimizer"]
    assert [one.params["optimizer"] for one in everyone] == ["adam", "sgd"]


def test_the_later_run_of_the_same_seed_is_used() -> None:
    (one,) = finished_settings([predicted_run(number, "optimizer=adam") for number in range(2)])
    assert [each.run.run_id for each in one.predicted_runs] == ["id 1"]


def test_runs_on_different_backends_are_different_settings() -> None:
    """Even with the same seed: neither counts in the place of the other. The first versions knew TensorFlow alone."""
    backends: list[dict[str, str]] = [{}, {"keras.backend": "tensorflow"}, {"keras.backend": "jax"}]
    everyone = finished_settings([predicted_run(number, "seed=1", tags=tags) for number, tags in enumerate(backends)])
    assert [one.predicted_runs[0].run.run_id for one in everyone] == ["id 1", "id 2"]
    assert names_of(everyone) == ["keras.backend=tensorflow", "keras.backend=jax"]
    assert differing(everyone) == ["keras.backend"]


def test_names_are_the_overrides_that_are_not_shared() -> None:
    words = ["data=folder optimizer=adam", "data=folder optimizer=adam training.dropout=0.5", "data=folder"]
    everyone = finished_settings([predicted_run(number, typed, key=str(number)) for number, typed in enumerate(words)])
    assert names_of(everyone) == ["optimizer=adam", "optimizer=adam, training.dropout=0.5", "defaults"]


def test_a_name_has_no_override_that_changes_nothing() -> None:
    """The first run typed the default of the second; both read the same images from different places."""
    typed = ["training.dropout=0.2 optimizer=adam data.path=here", "optimizer=sgd data.path=there"]
    runs = [
        predicted_run(number, words, images="1f2e", optimizer=words, **{"training.dropout": "0.2"})
        for number, words in enumerate(typed)
    ]
    assert names_of(finished_settings(runs)) == ["optimizer=adam", "optimizer=sgd"]


def test_the_place_of_other_images_is_part_of_a_name() -> None:
    runs = [predicted_run(number, f"data.path={number}", images=f"{number}f2e") for number in range(2)]
    assert names_of(finished_settings(runs)) == ["data.path=0", "data.path=1"]


def test_runs_are_together_whose_test_images_are_the_same() -> None:
    other = [row | {"group": "wall 2"} for row in ROWS]
    runs = [predicted_run(0), predicted_run(1, rows=other), predicted_run(2)]
    assert [[one.run.run_id for one in some] for some in by_test_images(runs)] == [["id 0", "id 2"], ["id 1"]]


def test_equal_overrides_are_named_by_their_settings() -> None:
    """For example after a change of a default."""
    everyone = finished_settings(
        [predicted_run(number, "optimizer=adam", rate=rate) for number, rate in enumerate(["0.1", "0.2"])]
    )
    assert names_of(everyone) == ["rate=0.1", "rate=0.2"]


@pytest.mark.parametrize("key", ["run_name", "tracking.experiment", "sweep.name", "runtime.feature_cache.max_gb"])
def test_settings_without_effect_on_the_model_are_ignored(key: str) -> None:
    assert len(finished_settings([predicted_run(number, **{key: str(number)}) for number in range(2)])) == 1
