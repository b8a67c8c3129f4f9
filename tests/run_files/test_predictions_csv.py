"""Predictions that are read back give the same figures, to the last bit."""

import csv
from pathlib import Path

import numpy as np
import pytest

from crack_exp.evaluation.evaluate import evaluate
from crack_exp.evaluation.metrics import loss
from crack_exp.evaluation.predictions import Predictions, crack_scores
from crack_exp.run_files.predictions_csv import read_predictions, read_stages, write_predictions, write_stages

CLASSES, INTACT = ["intact", "hairline", "wide"], ["intact"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def random_predictions(count: int, seed: int) -> Predictions:
    """Probabilities of the true class from 1e-38 to 1, as a softmax in float32 gives them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, 3)).astype(np.float32) * rng.choice([1, 30], (count, 1)).astype(np.float32)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    names = [f"{number:04}.jpg" for number in range(count)]
    return Predictions(
        names=names,
        groups=[name[:3] for name in names],
        labels=rng.integers(0, 3, count).astype(np.int32),
        probabilities=exponentials / exponentials.sum(axis=1, keepdims=True),
        class_names=CLASSES,
        intact=frozenset([0]),
        surfaces=[["deck", "wall"][number % 2] for number in range(count)],
    )


def assert_same(one: Predictions, other: Predictions) -> None:
    assert (one.names, one.groups, one.surfaces) == (other.names, other.groups, other.surfaces)
    assert (one.class_names, one.intact) == (other.class_names, other.intact)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert one.probabilities.dtype == other.probabilities.dtype == np.float32
    np.testing.assert_array_equal(one.probabilities.view(np.uint32), other.probabilities.view(np.uint32))


def test_what_is_read_back_is_what_was_written_to_the_last_bit_of_float32(tmp_path: Path) -> None:
    predictions = random_predictions(2_000, seed=0)
    assert predictions.probabilities.min() < 1e-30, "small ones are tried as well"
    write_predictions(predictions, predictions.probabilities, 0.5, tmp_path / "predictions.csv")
    assert_same(read_predictions(read(tmp_path / "predictions.csv"), CLASSES, INTACT), predictions)


def test_figures_of_what_is_read_back_are_the_same(tmp_path: Path) -> None:
    predictions = random_predictions(300, seed=1)
    write_predictions(predictions, predictions.probabilities, 0.5, tmp_path / "predictions.csv")
    again = read_predictions(read(tmp_path / "predictions.csv"), CLASSES, INTACT)
    before, after = (evaluate(one, 0.95, 50, 0, 0.5) for one in (predictions, again))
    assert (after.scalars, after.intervals) == (before.scalars, before.intervals)


def test_a_small_probability_of_the_true_class_is_no_zero(tmp_path: Path) -> None:
    """-ln(3e-7) is 15.02 nats; from six decimals it would be a probability of 0, which counts 36 nats."""
    rows = np.array([[1 - 3e-7, 3e-7, 0]], np.float32)
    sure = Predictions(["1.jpg"], ["1.jpg"], np.array([1]), rows, CLASSES, frozenset([0]))
    write_predictions(sure, sure.probabilities, 0.5, tmp_path / "predictions.csv")
    again = read_predictions(read(tmp_path / "predictions.csv"), CLASSES, INTACT)
    assert loss(again) == loss(sure) and 15.01 < loss(again) < 15.03


def test_stages_come_back_by_name_in_their_order(tmp_path: Path) -> None:
    stages = {"head": random_predictions(20, seed=2), "before": random_predictions(20, seed=3)}
    write_stages(stages, tmp_path / "validation_predictions.csv")
    again = read_stages(read(tmp_path / "validation_predictions.csv"), CLASSES, INTACT)
    assert list(again) == ["head", "before"]
    for name, predictions in stages.items():
        assert_same(again[name], predictions)
    assert read_stages([], CLASSES, INTACT) == {}


def test_every_image_stands_in_the_predictions(tmp_path: Path) -> None:
    predictions = Predictions(
        names=["wall, north/1.jpg", "2.jpg"],
        groups=["north", "south"],
        labels=np.array([1, 0]),
        probabilities=np.array([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]]),
        class_names=["intact", "hairline", "wide"],
        intact=frozenset({0}),
    )
    write_predictions(predictions, predictions.probabilities, 0.5, tmp_path / "predictions.csv")
    assert read(tmp_path / "predictions.csv") == [
        {
            "name": "wall, north/1.jpg",
            "label": "hairline",
            "decision": "crack",
            "most_probable_class": "hairline",
            "group": "north",
            "crack_score": "0.75",
            "probability intact": "0.25",
            "probability hairline": "0.5",
            "probability wide": "0.25",
            "uncalibrated intact": "0.25",
            "uncalibrated hairline": "0.5",
            "uncalibrated wide": "0.25",
        },
        {
            "name": "2.jpg",
            "label": "intact",
            "decision": "crack",
            "most_probable_class": "wide",
            "group": "south",
            "crack_score": "0.875",
            "probability intact": "0.125",
            "probability hairline": "0.125",
            "probability wide": "0.75",
            "uncalibrated intact": "0.125",
            "uncalibrated hairline": "0.125",
            "uncalibrated wide": "0.75",
        },
    ]


def test_surfaces_have_a_column_where_they_are_told(tmp_path: Path) -> None:
    rows = np.array([[0.25, 0.75], [0.5, 0.5]])
    names = ["1.jpg", "2.jpg"]
    told = Predictions(names, names, np.array([1, 0]), rows, ["intact", "crack"], frozenset({0}), ["deck", "wall"])
    write_predictions(told, told.probabilities, 0.5, tmp_path / "predictions.csv")
    assert [row["surface"] for row in read(tmp_path / "predictions.csv")] == ["deck", "wall"]


def test_what_is_of_all_images_is_computed_once_and_not_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million images would take hours."""
    computed = list[int]()

    def scores(predictions: Predictions) -> np.ndarray:
        computed.append(len(predictions.names))
        return crack_scores(predictions.probabilities, [0])

    monkeypatch.setattr(Predictions, "crack_score", property(scores))
    write_predictions(predictions := random_predictions(50, seed=1), predictions.probabilities, 0.5, tmp_path / "a.csv")
    write_stages({"before": predictions}, tmp_path / "b.csv")
    assert len(read(tmp_path / "a.csv")) == len(read(tmp_path / "b.csv")) == 50
    assert computed == [50] * 3
