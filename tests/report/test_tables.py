"""CSV files, read back."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crack_exp.evaluation.metrics import ClassScore
from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.run.report import RunReport
from crack_exp.report.tables import write_csv, write_predictions


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_image_stands_in_the_predictions(tmp_path: Path) -> None:
    predictions = Predictions(
        names=["wall, north/1.jpg", "2.jpg"],
        groups=["north", "south"],
        labels=np.array([1, 0]),
        probabilities=np.array([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]]),
        class_names=["intact", "hairline", "wide"],
        intact=frozenset({0}),
    )
    write_predictions(predictions, tmp_path / "predictions.csv")
    assert read(tmp_path / "predictions.csv") == [
        {
            "name": "wall, north/1.jpg",
            "label": "hairline",
            "predicted": "hairline",
            "group": "north",
            "crack_score": "0.750000",
            "probability intact": "0.250000",
            "probability hairline": "0.500000",
            "probability wide": "0.250000",
        },
        {
            "name": "2.jpg",
            "label": "intact",
            "predicted": "wide",
            "group": "south",
            "crack_score": "0.875000",
            "probability intact": "0.125000",
            "probability hairline": "0.125000",
            "probability wide": "0.750000",
        },
    ]


def test_surfaces_have_a_column_where_they_are_told(tmp_path: Path) -> None:
    rows = np.array([[0.25, 0.75], [0.5, 0.5]])
    names = ["1.jpg", "2.jpg"]
    told = Predictions(names, names, np.array([1, 0]), rows, ["intact", "crack"], frozenset({0}), ["deck", "wall"])
    write_predictions(told, tmp_path / "predictions.csv")
    assert [row["surface"] for row in read(tmp_path / "predictions.csv")] == ["deck", "wall"]


def test_dataclasses_become_rows_and_none_an_empty_cell(tmp_path: Path) -> None:
    write_csv([ClassScore("wide", None, 0.5, 0.25, 4)], tmp_path / "classes.csv")
    assert read(tmp_path / "classes.csv") == [
        {"name": "wide", "precision": "", "recall": "0.5", "f1": "0.25", "support": "4"}
    ]


def test_a_history_keeps_the_order_of_its_epochs(make_report: Callable[..., RunReport], tmp_path: Path) -> None:
    write_csv(make_report(["intact", "crack"], head=2, fine_tune=1).history, tmp_path / "history.csv")
    rows = read(tmp_path / "history.csv")
    assert [(row["epoch"], row["phase"]) for row in rows] == [
        ("1", "head"),
        ("2", "head"),
        ("3", "fine_tune"),
    ]
    assert float(rows[1]["val_loss"]) == pytest.approx(0.55)
