"""The simulations of comparisons: what they count."""

from importlib import import_module

import numpy as np

power = import_module("power_of_comparisons")
curse = import_module("winners_curse")


def test_a_large_gain_is_found_and_none_is_not() -> None:
    case, random = power.Case("accuracy", 1, power.Walls(20, 60), 1.5), np.random.default_rng(0)
    assert all(power.finds(case, 0.1, random) for _ in range(5))
    assert sum(power.finds(case, 0.0, random) for _ in range(20)) <= 3


def test_six_walls_were_promised_a_gain_that_was_rarely_found_and_are_promised_none() -> None:
    found = power.simulated(power.Case("accuracy", 1, power.Walls(6, 60), 1.5), draws=40)
    assert found.found_formerly < 0.65 and found.none == 1.0 and found.false_positives <= 0.1


def test_the_choice_by_validation_does_not_flatter() -> None:
    found = curse.simulated((4, 1, 0.0), draws=20)
    assert found["flattery"] > 0.015 and abs(found["flattery by validation"]) < 0.015
