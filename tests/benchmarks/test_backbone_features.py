"""Features are what the frozen backbone gives; kept ones are used for the same weights and images alone."""

from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from crack_exp.model.painted import PaintedHead, write_painted

features = import_module("backbone_features")
Weights, open_backbone = features.Weights, features.open_backbone
SIZE_PX = 32


@pytest.fixture
def concrete(tmp_path: Path) -> Any:
    """Four small images."""
    for number, kind in enumerate(("Negative", "Positive") * 2):
        (tmp_path / kind).mkdir(exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (SIZE_PX, SIZE_PX, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / kind / f"{number}.png")
    return import_module("backbone_images").read_images("--ccic", tmp_path, "CCIC", None)


@pytest.fixture(scope="module")
def backbone(backbone_file: Path) -> Any:
    return open_backbone(Weights("imagenet", str(backbone_file), 1), 0.35, SIZE_PX)


def test_a_feature_is_the_mean_of_the_last_map(backbone: Any, concrete: Any, backbone_file: Path) -> None:
    plain = keras.applications.MobileNetV2(
        input_shape=(SIZE_PX, SIZE_PX, 3), alpha=0.35, include_top=False, weights=str(backbone_file)
    )
    pixels = np.stack([np.asarray(Image.open(example.path)) for example in concrete.examples])
    expected = plain.predict(pixels / 127.5 - 1, verbose=0).mean(axis=(1, 2))
    got = features.features_of(backbone, concrete, None)
    assert got.dtype == np.float32 and got.shape == (4, 1280)
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_kept_features_are_read_and_not_computed_again(
    backbone: Any, concrete: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("features")
    computed = []

    def extract(model: keras.Model, images: Any) -> np.ndarray:
        computed.append(images)
        return np.full((4, 2), 7.0)

    monkeypatch.setattr(features, "extract", extract)
    for _ in range(2):
        np.testing.assert_array_equal(features.features_of(backbone, concrete, folder), np.full((4, 2), 7.0))
    assert len(computed) == 1
    assert [path.suffix for path in folder.iterdir()] == [".npy"]
    other_weights = features.Backbone(backbone.model, "another sha256", None)
    features.features_of(other_weights, concrete, folder)
    concrete.contents[concrete.examples[0].name] = "another content"
    features.features_of(backbone, concrete, folder)
    assert len(computed) == 3


def test_each_random_one_has_weights_of_its_own() -> None:
    first, second, again = (open_backbone(Weights("random", "none", seed), 0.35, SIZE_PX) for seed in (1, 2, 1))
    assert first.sha256 == again.sha256 != second.sha256
    assert first.head is None


def test_weights_that_cannot_be_had_are_named_as_they_were_given(tmp_path: Path) -> None:
    missing = tmp_path / "missing.npz"
    with pytest.raises(ValueError, match=f"^--weights painted={missing}: no such file"):
        open_backbone(Weights("painted", str(missing), 1), 0.35, SIZE_PX)


def test_painted_weights_bring_their_head(backbone: Any, tmp_path: Path) -> None:
    body = keras.Model(backbone.model.inputs, backbone.model.layers[-2].output)
    head = PaintedHead(("intact", "hairline"), np.ones((1280, 2), np.float32), np.zeros(2, np.float32))
    write_painted(tmp_path / "own.npz", body, head, {})
    opened = open_backbone(Weights("painted", str(tmp_path / "own.npz"), 1), 0.35, SIZE_PX)
    assert opened.head.class_names == ("intact", "hairline")


def test_a_crack_of_any_kind_counts() -> None:
    # exp(0) = 1 for each of three classes, but e**2 for the second where the feature is 2.
    head = PaintedHead(("hairline", "intact", "structural"), np.array([[0.0, 1.0, 0.0]]), np.zeros(3))
    scores = features.crack_scores_of(head, np.array([[0.0], [2.0]], np.float32))
    assert scores == pytest.approx([2 / 3, 2 / (2 + np.exp(2))])
