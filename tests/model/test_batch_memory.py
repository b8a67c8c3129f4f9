"""A batch is estimated by the largest output of a layer."""

import keras
import pytest

from crack_exp.model.batch_memory import batch_bytes, check_batch
from crack_exp.system import memory
from crack_exp.system.errors import UserError


def network() -> keras.Model:
    pixels = keras.Input((8, 8, 3), dtype="uint8")
    wide = keras.layers.Conv2D(16, 3, padding="same")(keras.layers.Rescaling(1.0)(pixels))
    return keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(wide))


def test_the_largest_output_counts() -> None:
    assert batch_bytes(network(), 10) == 10 * 8 * 8 * 16 * 4


def test_a_batch_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000_000)
    check_batch(network(), 200, 200)
    with pytest.raises(UserError, match=r"^training\.batch_size=60000: batches of 300 images need 0\.0 GB of memory"):
        check_batch(network(), 300, 60_000)
