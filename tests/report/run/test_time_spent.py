"""The table of wall time."""

from crack_exp.report.run.time_spent import time_spent_text


def test_it_fits_80_columns_and_adds_up() -> None:
    printed = time_spent_text({"start-up": 0.01, "features": 30.0, "training": 8.96, "other": 1.03})
    lines = [line.split() for line in printed.splitlines() if line.strip()]
    assert max(map(len, printed.splitlines())) <= 80
    assert lines[0] == ["part", "of", "the", "run", "seconds"]
    assert [line[:2] for line in lines[2:]] == [
        ["features", "30.0"],
        ["training", "9.0"],
        ["other", "1.0"],
        ["total", "40.0"],
    ]
    assert lines[-1] == ["total", "40.0"]
    assert [len(line[2]) for line in lines[2:5]] == [30, 9, 1]
