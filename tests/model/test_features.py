"""Features are computed once for the same images and network."""

import errno
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model import features
from crack_exp.model.feature_cache import FeatureCache
from crack_exp.model.feature_engines import KERAS, Engines
from crack_exp.model.features import Features, feature_key, features_at

SIZE_PX = 8
CONTENTS = [f"{number:02}" for number in (3, 1, 4, 5, 9, 2, 6)]


class Images:
    """A store with an image for each content; counts the accesses."""

    shape, dtype = (SIZE_PX, SIZE_PX, 3), np.dtype(np.uint8)

    def __init__(self, contents: Sequence[str]) -> None:
        self.contents, self.accesses = list(contents), 0

    def __call__(self) -> "Images":
        self.accesses += 1
        return self

    def __len__(self) -> int:
        return len(self.contents)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        seeds = [int(self.contents[index]) for index in indices]
        return np.stack([np.random.default_rng(seed).integers(0, 256, self.shape).astype(np.uint8) for seed in seeds])


def network(seed: int = 0, name: str = "conv") -> keras.Model:
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((SIZE_PX, SIZE_PX, 3), dtype="uint8", name="pixels")
    features = keras.layers.Rescaling(1 / 255)(pixels)
    features = keras.layers.Conv2D(4, 3, name=name)(features)
    features = keras.layers.GlobalAveragePooling2D(name="pooling")(features)
    return keras.Model(pixels, keras.layers.Dense(2, name="output")(features), name="tiny")


def ask(cache: FeatureCache, images: Images, model: keras.Model | None = None, **changed: Any) -> dict[str, Features]:
    engines = Engines("keras", precision="float32", on_gpu=False)
    arguments: dict[str, Any] = {"layers": ["conv", "pooling"], "dtype": "float32", "engines": engines, "own_code": ""}
    return features_at(
        model or network(), images=images, contents=images.contents, cache=cache, **(arguments | changed)
    )


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features", 1e6)


def test_features_equal_the_outputs_of_the_network(cache: FeatureCache) -> None:
    images, model = Images(CONTENTS), network()
    found = ask(cache, images, model)
    everyone = np.arange(len(images))
    for layer in ("conv", "pooling"):
        expected = keras.Model(model.input, model.get_layer(layer).output).predict(images[everyone], verbose=0)
        assert found[layer].shape == expected.shape[1:] and len(found[layer]) == len(images)
        np.testing.assert_allclose(found[layer][everyone[::-1]], expected[::-1], rtol=1e-6)


def test_every_batch_is_of_the_same_size(cache: FeatureCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller last batch would be traced again."""
    monkeypatch.setattr(features, "BATCH_SIZE", 3)
    model, images, sizes = network(), Images(CONTENTS), list[int]()
    predict = keras.Model.predict_on_batch

    def watched(self: keras.Model, batch: np.ndarray) -> Any:
        sizes.append(len(batch))
        return predict(self, batch)

    monkeypatch.setattr(keras.Model, "predict_on_batch", watched)
    found = ask(cache, images, model)
    everyone = np.arange(len(images))
    expected = keras.Model(model.input, model.get_layer("conv").output).predict(images[everyone], verbose=0)
    assert sizes == [3, 3, 3]
    np.testing.assert_allclose(found["conv"][everyone], expected, rtol=1e-6)


def test_float16_features_have_half_the_size_and_are_returned_as_float32(cache: FeatureCache) -> None:
    images = Images(CONTENTS)
    exact, half = ask(cache, images)["conv"], ask(cache, images, dtype="float16")["conv"]
    sizes = sorted(path.stat().st_size for path in cache.files())[-2:]
    assert 1.8 < sizes[1] / sizes[0] < 2
    everyone = np.arange(len(images))
    assert half[everyone].dtype == np.float32
    np.testing.assert_allclose(half[everyone], exact[everyone], rtol=1e-3, atol=1e-3)


def test_later_calls_read_them_also_in_another_order(cache: FeatureCache, caplog: pytest.LogCaptureFixture) -> None:
    first, second = Images(CONTENTS), Images(CONTENTS[::-1])
    with caplog.at_level(logging.INFO):
        found, again = ask(cache, first), ask(cache, second, network(name="conv"))
    assert (first.accesses, second.accesses) == (1, 0)
    disk, computed, read = (one.getMessage() for one in caplog.records if one.name == "crack_exp.model.features")
    assert disk == f"features of 7 images: 1 MB on disk, in '{cache.folder}', which holds at most 0.001 GB"
    assert computed.startswith("features of 7 images: computed in ")
    assert read.startswith("features of 7 images: read from ")
    everyone = np.arange(len(first))
    np.testing.assert_array_equal(again["conv"][everyone], found["conv"][everyone[::-1]])


def test_only_missing_features_are_computed(cache: FeatureCache) -> None:
    ask(cache, Images(CONTENTS), layers=["conv"])
    before = {path: path.stat().st_ino for path in cache.files()}
    ask(cache, Images(CONTENTS))
    assert len(cache.files()) == 2
    assert all(path.stat().st_ino == number for path, number in before.items())


def test_features_of_another_image_or_weight_are_computed(cache: FeatureCache) -> None:
    ask(cache, Images(CONTENTS))
    other_image, other_weights = Images([*CONTENTS[:-1], "77"]), Images(CONTENTS)
    ask(cache, other_image)
    ask(cache, other_weights, network(seed=1))
    assert (other_image.accesses, other_weights.accesses) == (1, 1)


def test_names_of_layers_do_not_matter_but_settings_do() -> None:
    def key(**settings: Any) -> str:
        keras.utils.set_random_seed(0)
        pixels = keras.Input((8, 8, 3))
        return feature_key(
            keras.Model(pixels, keras.layers.Conv2D(2, 3, **settings)(pixels)), CONTENTS, "float16", KERAS, ""
        )

    assert key(name="one") == key(name="other") == key()
    assert len({key(), key(activation="relu"), key(dtype="mixed_bfloat16"), key(padding="same")}) == 4


def test_features_of_another_decoder_or_another_version_of_an_engine_are_computed(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(cache, Images(CONTENTS))
    for name, value in (("features.READER", "Pillow 99"), ("feature_engines.package_version", lambda name: "99")):
        with monkeypatch.context() as patch:
            patch.setattr(f"crack_exp.model.{name}", value)
            ask(cache, changed := Images(CONTENTS))
        assert changed.accesses == 1, name
    ask(cache, changed := Images(CONTENTS), own_code="of a layer")
    assert changed.accesses == 1


def test_damaged_features_are_computed_anew(cache: FeatureCache) -> None:
    everyone = np.arange(len(CONTENTS))
    expected = ask(cache, Images(CONTENTS))["conv"][everyone]
    for path in cache.files():
        with path.open("r+b") as file:
            file.seek(200)
            file.write(b"\xff" * 8)  # NaN
    found = ask(cache, again := Images(CONTENTS))["conv"]
    assert again.accesses == 1
    np.testing.assert_array_equal(found[everyone], expected)


def test_without_room_training_continues_without_features(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert ask(FeatureCache(tmp_path, 100), Images(CONTENTS)) == {}
    assert "runtime.feature_cache: training continues without it" in caplog.text
    assert "GB are more than its max_gb of 1e-07" in caplog.text
    assert not list(tmp_path.glob("*.npy"))


def test_on_a_full_disk_training_continues_without_features(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FeatureCache, "write", full)
    assert ask(cache, Images(CONTENTS)) == {}
    assert "No space left on device" in caplog.text
