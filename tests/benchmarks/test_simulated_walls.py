"""Simulated walls: their true figures are those that are measured on many of them."""

from importlib import import_module

import numpy as np
import pytest

from crack_exp.evaluation.metrics import METRICS

simulated_walls = import_module("simulated_walls")


@pytest.mark.parametrize("metric", ["accuracy", "auroc"])
def test_the_true_figure_is_the_mean_of_many_walls(metric: str) -> None:
    walls, random = simulated_walls.Walls(400, 5, own=0.7, seed_spread=0.1), np.random.default_rng(0)
    measured = [METRICS[metric](walls.settings([1.0], 1, random)[0][0]) for _ in range(40)]
    assert walls.true_figure(metric, 1.0) == pytest.approx(np.mean(measured), abs=0.008)
    assert walls.skill_for(metric, walls.true_figure(metric, 1.3)) == pytest.approx(1.3)
