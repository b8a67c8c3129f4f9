"""The benchmarks are scripts that find one another in their own folder; so do these tests."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from crack_exp.data.examples import Example

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))


@pytest.fixture
def image_set() -> Callable[..., Any]:
    """A set of images that lie nowhere: name, 1 or 0 for each (cracked or intact), its photo if that is known."""

    def made(name: str, cracked: Sequence[int], photos: Sequence[str] | None = None) -> Any:
        names = [f"{number:04}.jpg" for number in range(len(cracked))]
        examples = [
            Example(Path(), file, ("Negative", "Positive")[kind], photo)
            for file, kind, photo in zip(names, cracked, photos or names, strict=True)
        ]
        contents = {file: f"sha256 of {name} {file}" for file in names}
        return import_module("backbone_images").ImageSet(name, examples, contents, frozenset({"Negative"}), copies=0)

    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """60 dark images and 60 light ones."""
    for label, grey in (("cracked", 40), ("intact", 200)):
        folder = tmp_path / "data" / label
        folder.mkdir(parents=True)
        for number in range(60):
            pixels = np.random.default_rng(number).integers(grey - 30, grey + 30, (24, 24, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:02}.jpg")
    return tmp_path / "data"


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random ones of MobileNetV2 1.0."""
    path = tmp_path_factory.mktemp("weights") / "random.weights.h5"
    keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None).save_weights(path)
    return path
