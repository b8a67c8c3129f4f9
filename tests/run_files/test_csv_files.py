"""The CSV files."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from crack_exp.evaluation.metrics import ClassScore
from crack_exp.report.run.content import RunReport
from crack_exp.run_files.csv_files import write_csv


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


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
