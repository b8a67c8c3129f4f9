"""`runtime.precision=auto` measures once per machine and stores the result."""

import json
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crack_exp.runtime.devices import Devices
from crack_exp.system.checksums import checked_file, read_checked
from crack_exp.training import precision
from crack_exp.training.precision import choose_precision
from crack_exp.training.step_timing import Timing

TIMINGS = {"float32": Timing(100, 0), "mixed_bfloat16": Timing(60, 0.004)}


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The precisions of each measurement so far. A measurement returns TIMINGS; the cache is empty."""
    measurements = list[list[str]]()

    def time_steps(precisions: list[str], *others: Any, **settings: Any) -> dict[str, Timing]:
        measurements.append(list(precisions))
        return TIMINGS

    monkeypatch.setattr(precision, "time_steps", time_steps)
    monkeypatch.setenv("CRACK_EXP_CACHE", str(tmp_path / "cache"))
    yield measurements


def test_the_fastest_precision_is_measured_once_and_stored(
    measured: list[list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        first, second = (choose_precision("auto", batch_norm="frozen") for _ in range(2))
    assert first == second and first.name == "mixed_bfloat16" and first.timings == TIMINGS
    assert measured == [["float32", "mixed_bfloat16"]]
    message = "runtime.precision: mixed_bfloat16; a training step takes float32 100 ms, mixed_bfloat16 60 ms"
    assert f"{message} (outputs 0.4% apart)" in caplog.text


def test_each_kind_of_batch_normalisation_is_measured(measured: list[list[str]]) -> None:
    for kind in precision.KINDS:
        choose_precision("auto", batch_norm=kind)
    assert len(measured) == len(precision.KINDS) == 3


def test_a_named_precision_is_not_measured(measured: list[list[str]]) -> None:
    named = choose_precision("mixed_float16", batch_norm="frozen")
    assert (named.name, named.timings, measured) == ("mixed_float16", {}, [])


def test_a_single_precision_is_not_measured(measured: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    old = Devices(["/device:GPU:0"], "an old one", ["float32"])
    monkeypatch.setattr(precision, "find_devices", lambda: old)
    assert choose_precision("auto", batch_norm="frozen").name == "float32" and not measured


def test_another_device_or_version_is_measured(measured: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    choose_precision("auto", batch_norm="frozen")
    monkeypatch.setattr(precision.keras, "__version__", "99")
    choose_precision("auto", batch_norm="frozen")
    monkeypatch.setattr(precision, "cpu_model", lambda: "another processor")
    choose_precision("auto", batch_norm="frozen")
    assert len(measured) == 3


def kept_in(file: Path) -> Any:
    content = read_checked(file)
    assert content is not None
    return json.loads(content)


def store(file: Path, facts: Any) -> None:
    with checked_file(file) as stored:
        stored.write(json.dumps(facts).encode())


def test_a_damaged_file_is_measured_again(measured: list[list[str]], caplog: pytest.LogCaptureFixture) -> None:
    choose_precision("auto", batch_norm="frozen")
    (file,) = precision.cache_dir().glob("precisions/*.json")
    whole, facts = file.read_bytes(), kept_in(file)
    assert facts["batch_norm"] == "frozen" and facts["timings"]["float32"] == {"step_ms": 100, "difference": 0}
    for number, damage in enumerate((b"", b"{}", whole[:-1], whole.replace(b"100", b"900")), 2):
        file.write_bytes(damage)
        assert choose_precision("auto", batch_norm="frozen").timings == TIMINGS
        assert len(measured) == number and kept_in(file) == facts
    assert caplog.text.count(f"runtime.precision: '{file}' is damaged, and measured anew") == 4


@pytest.mark.parametrize(
    "impossible",
    [
        {"timings": {}},
        {"timings": {"float32": {"step_ms": 100, "difference": 0}}},
        *(
            {"timings": {name: {"step_ms": ms, "difference": 0} for name in TIMINGS}}
            for ms in (0, -5, math.inf, math.nan)
        ),
        {"timings": {name: {"step_ms": 100, "difference": -0.1} for name in TIMINGS}},
        {"batch_norm": "trained"},
    ],
)
def test_what_cannot_have_been_measured_here_is_not_believed(measured: list[list[str]], impossible: Any) -> None:
    choose_precision("auto", batch_norm="frozen")
    (file,) = precision.cache_dir().glob("precisions/*.json")
    store(file, kept_in(file) | impossible)
    assert choose_precision("auto", batch_norm="frozen").timings == TIMINGS and len(measured) == 2


def test_outputs_that_overflowed_are_a_measurement(measured: list[list[str]]) -> None:
    choose_precision("auto", batch_norm="frozen")
    (file,) = precision.cache_dir().glob("precisions/*.json")
    facts = kept_in(file)
    facts["timings"]["mixed_bfloat16"]["difference"] = math.nan
    store(file, facts)
    assert choose_precision("auto", batch_norm="frozen").name == "float32" and len(measured) == 1


def test_without_a_writable_cache_the_run_continues(
    measured: list[list[str]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert choose_precision("auto", batch_norm="frozen").name == "mixed_bfloat16"
    assert "runtime.precision: measured for this run only" in caplog.text


def test_measuring_does_not_affect_later_random_numbers() -> None:
    import random

    import keras
    import numpy as np

    before = keras.config.dtype_policy().name
    random.seed(3), np.random.seed(3)
    expected = random.Random(3).random(), np.random.RandomState(3).random_sample()
    devices = precision.find_devices()
    assert list(precision._measure(devices, "frozen")) == devices.precisions
    assert (random.random(), np.random.random()) == expected
    assert keras.config.dtype_policy().name == before
