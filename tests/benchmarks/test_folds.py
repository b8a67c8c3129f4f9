"""Means over folds, and differences on the same folds."""

from importlib import import_module

import numpy as np
import pytest
from rich.console import Console

folds = import_module("folds")


def test_a_mean_has_the_interval_of_student() -> None:
    # Deviation 1, so t(0.975, 2) / sqrt(3) = 4.3027 / 1.7321.
    assert folds.spread(np.array([1.0, 2.0, 3.0])) == "2.000 ±2.484"


def test_differences_are_taken_fold_by_fold(capsys: pytest.CaptureFixture[str]) -> None:
    first = np.array([[0.8, 0.9, 0.1, 0.5], [0.9, 0.9, 0.1, 0.5]])
    console = Console(width=120)
    console.print(folds.table_of({folds.AS_GIVEN: first, "focal": first + 0.01}))
    said = capsys.readouterr().out
    assert "+0.010 ±0.000" in said and "0.800–0.900" in said
