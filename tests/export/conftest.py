"""A small network like those of real runs, with images that it is not sure of, exported once to each format."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.deployed_models import CLASSES, SIZE_PX, card_of

if TYPE_CHECKING:
    import keras

    from crack_exp.export.workflow import Exported

PACKAGES = {
    "savedmodel": (),
    "onnx": ("onnx", "tf2onnx", "onnxruntime"),
    "litert": ("ai_edge_litert", "ai_edge_quantizer"),
    "openvino": ("openvino",),
}


KINDS = ("intact", "hairline", "shrinkage", "structural")
CLASS_OF_KIND = dict(zip(KINDS, [*CLASSES[:1], *CLASSES[1:2] * 2, *CLASSES[2:]], strict=True))


def need(*packages: str) -> None:
    """Skip the test where one of them is not installed."""
    if missing := [package for package in packages if importlib.util.find_spec(package) is None]:
        pytest.skip(f"{', '.join(missing)} not installed: pip install of the extra for this format")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of forty images of several sizes, none like another."""
    folder, random = tmp_path_factory.mktemp("photos"), np.random.default_rng(3)
    for number in range(40):
        coarse = Image.fromarray(random.integers(0, 256, (5, 7, 3), dtype=np.uint8))
        size = (70 + 3 * number, 64) if number % 2 else (64, 70)
        coarse.resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(scope="session")
def network(photos: Path) -> "keras.Model":
    """The layers of MobileNetV2, but few: normalised convolutions, depthwise ones, a sum; a head that is not sure.

    It is the painter's head, which sums kinds, with a temperature: no other has as many operations.
    """
    import keras

    from crack_exp.model.classifier import add_painted_head
    from crack_exp.model.painted import PaintedHead
    from crack_exp.model.temperature import with_temperature

    keras.utils.set_random_seed(2)
    pixels = keras.Input((SIZE_PX, SIZE_PX, 3), dtype="uint8", name="pixels")
    first = normalised(keras.layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False), 6.0)(
        keras.layers.Rescaling(1 / 127.5, -1.0)(pixels)
    )
    deep = normalised(keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False), 6.0)(first)
    summed = keras.layers.Add()([first, normalised(keras.layers.Conv2D(32, 1, use_bias=False), None)(deep)])
    last = normalised(keras.layers.Conv2D(256, 1, use_bias=False), 6.0)(summed)
    kernel = np.random.default_rng(2).normal(0, 0.3, (256, len(KINDS))).astype(np.float32)
    painted = PaintedHead(KINDS, kernel, np.zeros(len(KINDS), np.float32))
    body = keras.Model(pixels, last, name="small")
    network = add_painted_head(body, painted, CLASS_OF_KIND, CLASSES, dropout=0.2)
    network(small(photos), training=True)
    return with_temperature(network, 1.3)


def normalised(convolution: "keras.Layer", largest: float | None) -> "Callable[[Any], Any]":
    """A convolution, batch normalisation with the statistics of what it is first trained on, and ReLU6."""
    import keras

    def call(inputs: Any) -> Any:
        outputs = keras.layers.BatchNormalization(momentum=0.0)(convolution(inputs))
        return outputs if largest is None else keras.layers.ReLU(largest)(outputs)

    return call


@pytest.fixture(scope="session")
def model_file(network: "keras.Model", photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network with a card, as a run saves it; no photo's score is near the threshold."""
    from crack_exp.model.card_file import save_with_card

    scores = np.sort(1 - network.predict_on_batch(small(photos))[:, 0])[10:30]
    widest = int(np.diff(scores).argmax())
    card = card_of(network, threshold=float(scores[widest : widest + 2].mean()))
    folder = tmp_path_factory.mktemp("model")
    save_with_card(network, card, folder / "model.keras", beside=folder / "model_card.json")
    return folder / "model.keras"


def small(photos: Path) -> np.ndarray:
    """uint8 (n, 32, 32, 3)."""
    from crack_exp.data.image_io import read_resized

    return np.stack([read_resized(photo, SIZE_PX) for photo in sorted(photos.iterdir())])


@pytest.fixture(scope="session")
def settings(model_file: Path, photos: Path) -> list[str]:
    """Of an export of the network that is checked on the photos; int8 need not be good on random weights."""
    loose = ["tolerance.int8.probability=1", "tolerance.int8.changed=0.5", "tolerance.float16.changed=0.1"]
    return [f"model={model_file}", f"images={photos}", "test_images=20", "calibration_images=16", *loose]


@pytest.fixture(scope="session")
def exported(
    settings: list[str], tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Callable[[str, str], Exported]]":
    """`exported(format, quantize)`: made once for all tests that ask for it."""
    from crack_exp.export import export

    @cache
    def made(name: str, quantize: str) -> "Exported":
        need(*PACKAGES[name], *(("nncf",) if (name, quantize) == ("openvino", "int8") else ()))
        output = tmp_path_factory.mktemp("exports") / f"{name}_{quantize}"
        return export([*settings, f"format={name}", f"quantize={quantize}", f"output={output}"])

    before = os.environ.get("NNCF_CI")
    yield made
    assert os.environ.get("NNCF_CI") == before
