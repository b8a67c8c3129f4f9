"""The benchmark of bounds of one more wall."""

import sys
from importlib import import_module

import pytest

coverage = import_module("coverage_of_next_wall")


def test_walls_without_differences_are_seldom_below_the_bound() -> None:
    setting = coverage.Setting(19, "equal", 0.8, 0.0, coverage.LOGIT_NORMAL)
    said, kept, above = coverage.coverage(setting, 60)
    assert said == pytest.approx(0.95) and kept >= 0.9 and above < 0.9


def test_the_whole_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["coverage_of_next_wall.py", "--draws", "1", "--walls", "5"])
    coverage.main()
    shown = capsys.readouterr().out
    assert shown.count("large are worse") == 4 and "0.833" in shown
