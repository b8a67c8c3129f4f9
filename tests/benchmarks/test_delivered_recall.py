"""The benchmark of the recall that a threshold delivers."""

import sys
from importlib import import_module

import numpy as np
import pytest

from crack_exp.evaluation.aim import ASSURED, MIN_RECALL

delivered = import_module("delivered_recall")


def test_the_truth_is_what_very_many_images_show() -> None:
    setting = delivered.Setting(20_000, 5)
    many, (recall, alarms, tenth) = setting.draw(np.random.default_rng(0)), setting.truth(0.3)
    alarm = many.is_alarm(0.3)
    assert alarm[many.is_crack].mean() == pytest.approx(recall, abs=0.005)
    assert alarm[~many.is_crack].mean() == pytest.approx(alarms, abs=0.005)
    assert tenth < recall


def test_an_assured_recall_is_reached_more_often_than_an_estimated_one() -> None:
    setting = delivered.Setting(100, 1)
    estimated, assured = (float(delivered.delivered(setting, rule, 60)[0]) for rule in (MIN_RECALL, ASSURED))
    assert estimated < 0.75 < 0.9 < assured


def test_the_whole_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["delivered_recall.py", "--draws", "1"])
    monkeypatch.setattr(delivered, "SETTINGS", [delivered.Setting(20, 1), delivered.Setting(4, 60)])
    delivered.main()
    assert capsys.readouterr().out.count("refused: too few") == 3
