"""The moving average of weights."""

import keras
import numpy as np
import pytest

from crack_exp.training.averaging import WeightAverage


def model() -> keras.Model:
    """A single weight."""
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])


def averaged(momentum: float, values: dict[int, float]) -> float:
    """The average after the weight had these values at these steps; the initial value is 100."""
    one = model()
    average = WeightAverage(momentum, [np.array([[100.0]])], 0)
    for step, value in values.items():
        one.set_weights([np.array([[value]])])
        average.update(one, step)
    return float(average.weights[0][0, 0])


def test_each_step_keeps_the_momentum_of_the_average() -> None:
    # The momentum is at most (1 + 1) / (10 + 1) in step 1, three twelfths in step 2, and later 0.3.
    assert averaged(0.3, {1: 1.0}) == pytest.approx(1 + 99 * 2 / 11)
    assert averaged(0.3, {1: 1.0, 2: 0.0}) == pytest.approx((1 + 99 * 2 / 11) * 3 / 12)
    assert averaged(0.3, {90: 1.0}) == pytest.approx(1 + 99 * 0.3**90)


def test_skipped_steps_are_counted() -> None:
    assert averaged(0.9, {200: 0.0, 202: 1.0}) == pytest.approx(1 - 0.9**2, rel=1e-4)


def test_momentum_zero_keeps_the_latest_weights() -> None:
    assert averaged(0.0, {1: 5.0, 9: 7.0}) == 7


def test_the_influence_of_the_first_weights_vanishes() -> None:
    assert averaged(0.999, {step: 1.0 for step in range(1, 301)}) == pytest.approx(1, abs=1e-3)


def test_the_average_is_applied_temporarily() -> None:
    one = model()
    one.set_weights([np.array([[2.0]])])
    average = WeightAverage(0.9, [np.array([[8.0]])], 0)
    with average.applied(one):
        assert one.get_weights()[0].item() == 8
    assert one.get_weights()[0].item() == 2
    average.update(one, 1)
    assert one.get_weights()[0].item() == 2
