"""What only a GPU can show."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from crack_exp.runtime.backend import find_devices
from crack_exp.runtime.session import session
from crack_exp.training.precision import choose_precision

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not tf.config.list_physical_devices("GPU"), reason="TensorFlow sees no GPU on this machine"),
]


def test_every_precision_that_the_gpu_is_made_for_is_measured() -> None:
    devices = find_devices()
    assert devices.are_gpus and devices.names[0].endswith("GPU:0")
    chosen = choose_precision("auto", batch_norm="frozen")
    assert set(chosen.timings) in (set(devices.precisions), set()) and chosen.name in devices.precisions
    (gpu, *_) = tf.config.list_physical_devices("GPU")
    assert tf.config.experimental.get_memory_growth(gpu)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_each_precision_trains(precision: str) -> None:
    with session(precision=precision, distribution="none", seed=1):
        model = keras.Sequential(
            [
                keras.Input((32, 32, 3)),
                keras.layers.Conv2D(8, 3),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(2, activation="softmax", dtype="float32"),
            ]
        )
        model.compile("adam", loss="sparse_categorical_crossentropy")
        images, labels = np.random.default_rng(0).random((16, 32, 32, 3)), np.arange(16) % 2
        history = model.fit(images, labels, epochs=2, verbose=0)
        assert np.isfinite(history.history["loss"]).all()
