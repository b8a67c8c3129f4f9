"""The CSV files."""

import csv
from pathlib import Path

from crack_exp.evaluation.metrics import ClassScore
from crack_exp.run_files.history_csv import read_history
from crack_exp.system.csv_files import read_csv, write_csv
from crack_exp.training.history import EpochRecord
from tests.hostile_names import NAMES, STEERING


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


def test_no_name_is_a_formula_and_each_is_read_back_as_it_was(tmp_path: Path) -> None:
    names = [name for name in (*NAMES, *STEERING, "\t=1", "'-5", "-5", "=", "-") if "\udcff" not in name]
    write_csv([{"name": name, "number": -0.5} for name in names], tmp_path / "names.csv")
    for row in read(tmp_path / "names.csv"):
        assert row["name"] == "-5" or row["name"][0] not in "=+-@\t\r"
        assert row["number"] == "-0.5"
    assert [row["name"] for row in read_csv(tmp_path / "names.csv")] == names


def test_numbers_that_come_as_text_stay_numbers(tmp_path: Path) -> None:
    numbers = ["-0.5", "+3", "-1e-05", "-inf"]
    write_csv([{"number": number} for number in numbers], tmp_path / "numbers.csv")
    assert [row["number"] for row in read(tmp_path / "numbers.csv")] == numbers


def test_rows_are_written_as_they_come_and_none_leave_an_empty_file(tmp_path: Path) -> None:
    write_csv(({"number": number} for number in range(3)), tmp_path / "some.csv")
    assert (tmp_path / "some.csv").read_text() == "number\n0\n1\n2\n"
    write_csv(iter([]), tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text().strip() == ""
