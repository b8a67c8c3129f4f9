"""What only a GPU can show."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from crack_exp.runtime import session

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not tf.config.list_physical_devices("GPU"), reason="TensorFlow sees no GPU on this machine"),
]


def test_auto_computes_in_16_bits_where_the_gpu_is_made_for_it() -> None:
    with session(precision="auto", distribution="none", seed=1) as devices:
        assert devices.devices[0].endswith("GPU:0")
        (gpu, *_) = tf.config.list_physical_devices("GPU")
        capability = tf.config.experimental.get_device_details(gpu)["compute_capability"]
        expected = "mixed_bfloat16" if capability >= (8, 0) else "mixed_float16" if capability >= (7, 0) else "float32"
        assert devices.precision == expected
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
