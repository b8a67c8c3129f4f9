"""Precisions are timed in turns, and 16 bits are taken where they are close to 32 and clearly quicker."""

import math
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.training import step_timing
from crack_exp.training.step_timing import Timing, quickest, time_steps

FLOAT32 = Timing(step_ms=100, difference=0)


def test_each_precision_takes_its_time_and_rounds_in_its_own_way() -> None:
    timings = time_steps(["float32", "mixed_bfloat16"], with_folded_batch_norm, batch_size=2)
    assert list(timings) == ["float32", "mixed_bfloat16"]
    assert all(timing.step_ms > 0 for timing in timings.values())
    assert timings["float32"].difference == 0
    # Three significant digits, through nine layers.
    assert 0.0005 < timings["mixed_bfloat16"].difference < 0.02


def test_a_difference_does_not_depend_on_luck() -> None:
    differences = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        timings = time_steps(["float32", "mixed_bfloat16"], with_folded_batch_norm, batch_size=2)
        differences.append(timings["mixed_bfloat16"].difference)
    assert differences[0] == pytest.approx(differences[1], rel=0.01)


def test_a_kernel_that_is_wrong_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    convolve = keras.ops.depthwise_conv

    def wrong(inputs: Any, kernel: Any, *settings: Any, **others: Any) -> Any:
        sign = -1 if keras.backend.standardize_dtype(inputs.dtype) == "bfloat16" else 1
        return sign * convolve(inputs, kernel, *settings, **others)

    monkeypatch.setattr(keras.ops, "depthwise_conv", wrong)
    timings = time_steps(["float32", "mixed_bfloat16"], with_folded_batch_norm, batch_size=2)
    assert timings["mixed_bfloat16"].difference > 10 * step_timing.CLOSE
    assert quickest(timings | {"float32": Timing(1e9, 0)}) == "float32"


@pytest.mark.parametrize(
    ("step_ms", "difference", "chosen"),
    [
        (60, 0.01, "mixed_bfloat16"),
        (60, 0.2, "float32"),
        (60, math.nan, "float32"),
        (60, math.inf, "float32"),
        (90, 0.01, "float32"),  # so little may be noise
        (150, 0.01, "float32"),
    ],
    ids=["quick and close", "not close", "not a number", "not finite", "hardly quicker", "slower"],
)
def test_16_bits_are_taken_where_they_are_worth_it(step_ms: float, difference: float, chosen: str) -> None:
    assert quickest({"float32": FLOAT32, "mixed_bfloat16": Timing(step_ms, difference)}) == chosen


def test_of_several_the_quickest_is_taken() -> None:
    others = {"mixed_bfloat16": Timing(50, 0.01), "mixed_float16": Timing(40, 0.001)}
    assert quickest({"float32": FLOAT32} | others) == "mixed_float16"


def test_the_difference_is_relative_to_the_size_of_the_outputs() -> None:
    exact = np.array([[3.0, 4.0]])
    assert step_timing._difference(exact + [[0.3, 0.4]], exact) == pytest.approx(0.1)
