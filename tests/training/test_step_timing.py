"""Precisions are timed in turns; 16 bits are chosen if outputs are close to float32 and steps clearly faster."""

import math
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.system import progress
from crack_exp.training import step_timing
from crack_exp.training.step_timing import Timing, fastest, time_steps

FLOAT32 = Timing(step_ms=100, difference=0)


def test_each_precision_has_its_time_and_rounding() -> None:
    timings = time_steps(["float32", "mixed_bfloat16"], with_folded_batch_norm, batch_size=2)
    assert list(timings) == ["float32", "mixed_bfloat16"]
    assert all(timing.step_ms > 0 for timing in timings.values())
    assert timings["float32"].difference == 0
    # Three significant digits, through nine layers.
    assert 0.0005 < timings["mixed_bfloat16"].difference < 0.02


def test_the_measurement_shows_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "SECONDS_UNTIL_LINE", 0.0)
    time_steps(["float32", "mixed_bfloat16"], with_folded_batch_norm, batch_size=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("measuring precisions: 1 of 12, ") and len(lines) == 11


def test_the_difference_is_reproducible() -> None:
    differences = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        timings = time_steps(["float32", "mixed_bfloat16"], with_folded_batch_norm, batch_size=2)
        differences.append(timings["mixed_bfloat16"].difference)
    assert differences[0] == pytest.approx(differences[1], rel=0.01)


def test_a_wrong_kernel_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    convolve = keras.ops.depthwise_conv

    def wrong(inputs: Any, kernel: Any, *settings: Any, **others: Any) -> Any:
        sign = -1 if keras.backend.standardize_dtype(inputs.dtype) == "bfloat16" else 1
        return sign * convolve(inputs, kernel, *settings, **others)

    monkeypatch.setattr(keras.ops, "depthwise_conv", wrong)
    timings = time_steps(["float32", "mixed_bfloat16"], with_folded_batch_norm, batch_size=2)
    assert timings["mixed_bfloat16"].difference > 10 * step_timing.MAX_DIFFERENCE
    assert fastest(timings | {"float32": Timing(1e9, 0)}) == "float32"


@pytest.mark.parametrize(
    ("step_ms", "difference", "chosen"),
    [
        (60, 0.01, "mixed_bfloat16"),
        (60, 0.2, "float32"),
        (60, math.nan, "float32"),
        (60, math.inf, "float32"),
        (90, 0.01, "float32"),  # such a small difference may be noise
        (150, 0.01, "float32"),
    ],
    ids=["quick and close", "not close", "not a number", "not finite", "hardly quicker", "slower"],
)
def test_16_bits_are_chosen_if_they_are_clearly_faster(step_ms: float, difference: float, chosen: str) -> None:
    assert fastest({"float32": FLOAT32, "mixed_bfloat16": Timing(step_ms, difference)}) == chosen


def test_the_fastest_of_several_is_chosen() -> None:
    others = {"mixed_bfloat16": Timing(50, 0.01), "mixed_float16": Timing(40, 0.001)}
    assert fastest({"float32": FLOAT32} | others) == "mixed_float16"


def test_the_difference_is_relative_to_the_size_of_the_outputs() -> None:
    exact = np.array([[3.0, 4.0]])
    assert step_timing._difference(exact + [[0.3, 0.4]], exact) == pytest.approx(0.1)
