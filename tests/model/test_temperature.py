"""A temperature in the network: its probabilities, and the same after saving and loading."""

from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.evaluation.calibration import tempered
from crack_exp.model.classifier import add_head, add_painted_head
from crack_exp.model.painted import PaintedHead, map_painted_classes
from crack_exp.model.temperature import take_weights, with_temperature

KINDS = ("intact", "hairline", "shrinkage", "settlement", "structural")
random = np.random.default_rng(0)
IMAGES = random.integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
PAINTED = PaintedHead(KINDS, random.normal(size=(4, 5)).astype(np.float32), random.normal(size=5).astype(np.float32))


def body() -> keras.Model:
    pixels = keras.Input((8, 8, 3), dtype="uint8")
    features = keras.layers.Rescaling(1 / 127.5, -1)(pixels)
    return keras.Model(pixels, keras.layers.Conv2D(4, 3, name="conv")(features))


def plain() -> keras.Model:
    model = add_head(body(), classes=3, dropout=0.2)
    model.get_layer("probabilities").set_weights([random.normal(size=(4, 3)), random.normal(size=3)])
    return model


def summing() -> keras.Model:
    belongs = map_painted_classes(KINDS, ["crack", "intact"], {"intact"})
    return add_painted_head(body(), PAINTED, belongs, ["crack", "intact"], dropout=0.2)


@pytest.mark.parametrize("make", [plain, summing])
def test_the_saved_network_gives_the_calibrated_probabilities(make: object, tmp_path: Path) -> None:
    model = make()  # type: ignore[operator]
    before = model.predict(IMAGES, verbose=0)
    with_temperature(model, 2.5).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(loaded.predict(IMAGES, verbose=0), tempered(before, 2.5), atol=1e-6)
    # The network itself is unchanged.
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), before)


@pytest.mark.parametrize("make", [plain, summing])
def test_the_weights_from_before_calibration_come_back(make: object) -> None:
    model, other = make(), make()  # type: ignore[operator]
    before = model.predict(IMAGES, verbose=0)
    take_weights(other, with_temperature(model, 0.4), 0.4)
    np.testing.assert_allclose(other.predict(IMAGES, verbose=0), before, atol=1e-6)
