"""Seeds, precision and devices are set for a run and restored after it."""

import json
import math
import os
import random
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from crack_exp.runtime.backend import find_devices
from crack_exp.runtime.devices import Devices, allowed_precisions, is_mirrored, refuse_mirrored
from crack_exp.runtime.session import session
from crack_exp.runtime.tensorflow_backend import share_among
from crack_exp.system.errors import UserError
from tests.commands import REPOSITORY

VOLTA, TURING, AMPERE, HOPPER, PASCAL, UNKNOWN = (7, 0), (7, 5), (8, 0), (9, 0), (6, 1), (0, 0)


@pytest.mark.parametrize(
    ("capabilities", "precisions"),
    [
        ([], ["float32", "mixed_bfloat16"]),
        ([PASCAL], ["float32"]),
        ([VOLTA], ["float32", "mixed_float16"]),
        ([TURING], ["float32", "mixed_float16"]),
        ([AMPERE], ["float32", "mixed_bfloat16", "mixed_float16"]),
        ([(12, 0)], ["float32", "mixed_bfloat16", "mixed_float16"]),
        # The least capable of several GPUs determines it.
        ([HOPPER, TURING], ["float32", "mixed_float16"]),
        ([AMPERE, PASCAL], ["float32"]),
        ([UNKNOWN], ["float32"]),
    ],
)
def test_allowed_precisions_are_supported_by_every_gpu(
    capabilities: list[tuple[int, int]], precisions: list[str]
) -> None:
    assert allowed_precisions(capabilities) == precisions


def open_session(**changed: Any) -> Any:
    wishes: dict[str, Any] = {"precision": "float32", "distribution": "auto", "seed": 1}
    return session(**(wishes | changed))


def test_a_run_after_a_mixed_float16_one_is_float32_again() -> None:
    with open_session(precision="mixed_float16") as mixed:
        assert mixed.precision == "mixed_float16"
        assert keras.config.dtype_policy().name == "mixed_float16"
        # Check the dtype of layers, not the attribute of the session.
        assert keras.layers.Dense(1).compute_dtype == "float16"
    with open_session(precision="float32") as full:
        assert full.precision == "float32"
        assert keras.layers.Dense(1).compute_dtype == "float32"


class Broken(Exception):
    pass


@pytest.mark.parametrize("breaks", [False, True])
def test_the_state_is_restored_even_after_an_error(breaks: bool) -> None:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")  # as set by a notebook before
    random.seed(3), np.random.seed(3)
    expected = random.Random(3).random(), np.random.RandomState(3).random_sample()
    try:
        with pytest.raises(Broken) if breaks else nullcontext(), open_session(precision="mixed_float16", seed=5):
            random.random(), np.random.random()
            if breaks:
                raise Broken
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        assert (random.random(), np.random.random()) == expected
    finally:
        keras.config.set_dtype_policy(before)


def drawn(seed: int) -> tuple[float, float, np.ndarray]:
    with open_session(seed=seed):
        kernel = keras.layers.Dense(3)
        kernel.build((None, 4))
        return random.random(), float(np.random.random()), kernel.get_weights()[0]


def test_the_seed_decides_every_random_number() -> None:
    first, same, other = drawn(1), drawn(1), drawn(2)
    assert first[:2] == same[:2] and first[:2] != other[:2]
    np.testing.assert_array_equal(first[2], same[2])
    assert not np.array_equal(first[2], other[2])


def test_layers_have_the_same_names_in_every_run() -> None:
    names = []
    for _ in range(2):
        with open_session():
            names.append(keras.layers.RandomFlip().name)
    assert names == ["random_flip", "random_flip"]


def fake_gpus(monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], count: int) -> list[str]:
    """Let TensorFlow report GPUs; returns the list of those with memory growth."""
    grown: list[str] = []
    gpus = [SimpleNamespace(name=f"/physical_device:GPU:{number}") for number in range(count)]
    logical = [SimpleNamespace(name=f"/device:GPU:{number}") for number in range(count)]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: logical)
    experimental = SimpleNamespace(
        set_memory_growth=lambda gpu, grow: grown.append(gpu.name),
        get_device_details=lambda gpu: {"device_name": "fake", "compute_capability": capability},
    )
    monkeypatch.setattr(tf.config, "experimental", experimental)
    return grown


def test_a_gpu_is_used_and_its_memory_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = fake_gpus(monkeypatch, TURING, count=1)
    with open_session(precision="mixed_float16") as devices:
        assert (devices.precision, devices.devices) == ("mixed_float16", ["/device:GPU:0"])
        assert keras.config.dtype_policy().name == "mixed_float16"
    assert grown == ["/physical_device:GPU:0"]


def test_gpus_are_found_with_names_and_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_cpu = find_devices()
    assert on_a_cpu.names == ["/device:CPU:0"] and not on_a_cpu.are_gpus
    fake_gpus(monkeypatch, TURING, count=2)
    gpus = find_devices()
    assert gpus.are_gpus and gpus.model == "fake, fake" and gpus.precisions == ["float32", "mixed_float16"]


def test_a_single_one_of_several_gpus_can_be_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(monkeypatch, AMPERE, count=2)
    with open_session(distribution="none") as devices:
        assert devices.devices == ["/device:GPU:0"]


def test_a_gpu_that_is_initialised_already_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_gpus(monkeypatch, AMPERE, count=1)

    def refuses(gpu: object, grow: bool) -> None:
        raise RuntimeError("Physical devices cannot be modified after being initialized")

    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", refuses)
    with open_session() as devices:
        assert devices.devices == ["/device:GPU:0"]


def test_several_gpus_are_mirrored_by_default() -> None:
    two, one = (Devices([f"GPU:{number}" for number in range(count)], "fake", ["float32"]) for count in (2, 1))
    assert is_mirrored("auto", two, "TensorFlow") and is_mirrored("mirrored", two, "TensorFlow")
    assert not is_mirrored("none", two, "TensorFlow") and not is_mirrored("auto", one, "TensorFlow")
    # Two devices of one CPU use the same cores, which is not faster.
    assert not is_mirrored("auto", Devices(["CPU:0", "CPU:1"], "", ["float32"]), "TensorFlow")


def test_a_backend_that_trains_on_one_device_refuses_to_mirror() -> None:
    two = Devices(["cuda:0", "cuda:1"], "fake, fake", ["float32"])
    for requested in ("auto", "none"):
        refuse_mirrored(requested, two, "PyTorch")
    with pytest.raises(UserError, match=r"^runtime\.distribution=mirrored: with PyTorch a run uses one device; use "):
        refuse_mirrored("mirrored", two, "PyTorch")


@pytest.mark.parametrize(
    ("devices", "images", "batch_size", "expected"),
    [
        (1, 33, 16, 16),
        (1, 5, 16, 16),
        (2, 32, 16, 16),
        # 16 leaves a last batch of 1 (9 needed); 15, 14 and 13 leave 3, 5 and 7; 12 leaves 9, shared as 6 and 3.
        (2, 33, 16, 12),
        # All of them in one batch.
        (4, 5, 16, 5),
        (8, 3500, 128, 125),
    ],
)
def test_every_device_has_an_image_in_every_batch(devices: int, images: int, batch_size: int, expected: int) -> None:
    size = share_among(devices, images, batch_size)
    assert size == expected
    # TensorFlow divides a batch equally; if that is impossible, the first parts are larger by one.
    shares = [size // devices + (device < size % devices) for device in range(devices)]
    for batch in (size, images % size or size):
        assert batch > sum(shares[:-1])


@pytest.mark.parametrize(("devices", "images", "batch_size"), [(2, 10, 1), (2, 1, 16), (8, 7, 32)])
def test_too_few_images_for_all_devices_are_refused(devices: int, images: int, batch_size: int) -> None:
    with pytest.raises(ValueError, match=rf"^training\.batch_size={batch_size}: cannot divide {images} images among"):
        share_among(devices, images, batch_size)


def test_jax_tells_its_devices() -> None:
    pytest.importorskip("jax")
    from crack_exp.runtime import jax_backend

    devices = jax_backend.find_devices()
    assert devices.names and devices.are_gpus == devices.names[0].startswith("gpu")
    named = [SimpleNamespace(compute_capability="9.0"), SimpleNamespace(compute_capability="gfx90a"), None]
    assert [jax_backend._capability(one) for one in named] == [HOPPER, UNKNOWN, UNKNOWN]


def test_mirroring_on_one_device_is_refused() -> None:
    before = keras.config.dtype_policy().name
    with pytest.raises(ValueError) as raised, open_session(distribution="mirrored", precision="mixed_float16"):
        pass
    message = (
        "runtime.distribution=mirrored: TensorFlow sees a single device, /device:CPU:0; use runtime.distribution=auto"
    )
    assert str(raised.value) == message
    assert keras.config.dtype_policy().name == before


def test_two_devices_train_and_predict_as_one() -> None:
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-m", "tests.mirrored"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])["two"]
    assert found["devices"] == ["/device:CPU:0", "/device:CPU:1"]
    assert len(found["losses"]) == 4 and all(math.isfinite(loss) for loss in found["losses"])
    assert found["shape"] == [33, 2]
    # In the order of the images, and the same numbers.
    assert found["difference"] < 1e-5
