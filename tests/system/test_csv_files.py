"""The CSV files."""

import csv
from pathlib import Path

from crack_exp.evaluation.metrics import ClassScore
from crack_exp.run_files.history_csv import read_history
from crack_exp.system.csv_files import write_csv
from crack_exp.training.history import EpochRecord


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_dataclasses_become_rows_and_none_an_empty_cell(tmp_path: Path) -> None:
    write_csv([ClassScore("wide", None, 0.5, 0.25, 4)], tmp_path / "classes.csv")
    assert read(tmp_path / "classes.csv") == [
        {"name": "wide", "precision": "", "recall": "0.5", "f1": "0.25", "support": "4"}
    ]


def test_a_history_is_read_back_as_it_was(tmp_path: Path) -> None:
    epochs = [
        EpochRecord(number, "head" if number < 3 else "fine_tune", 0.1 + number, 1 / 3, 0.5, 2 / 3, 1e-5, 0.25)
        for number in (1, 2, 3)
    ]
    write_csv(epochs, tmp_path / "history.csv")
    assert read_history(read(tmp_path / "history.csv")) == epochs
