"""The classifier: inputs, outputs, and loading of weights."""

from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.model.classifier import HEAD, add_head, build_backbone, uncompiled
from crack_exp.model.freezing import layer_table, train_from, trainable_counts
from crack_exp.model.temperature import with_temperature
from crack_exp.model.weights import fingerprint

SIZE_PX = 32


def small(weights: str = "none", alpha: float = 0.35, classes: int = 2) -> keras.Model:
    body = build_backbone(
        backbone=partial(keras.applications.MobileNetV2, alpha=alpha),
        rescaling=keras.layers.Rescaling(1 / 127.5, -1),
        weights=weights,
        image_size_px=SIZE_PX,
        batch_norm_momentum=0.9,
    )
    return add_head(body, classes=classes, dropout=0.2)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return small()


def test_a_network_takes_one_tensor_and_no_list_of_one(model: keras.Model) -> None:
    """Backbones of Keras expect a list of one; given a tensor, PyTorch's backend would warn at every batch."""
    for network in (model, uncompiled(model), with_temperature(model, 2.0)):
        assert isinstance(network.input, keras.KerasTensor)


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    body = keras.applications.MobileNetV2(
        input_shape=(SIZE_PX, SIZE_PX, 3), alpha=0.35, include_top=False, weights=None
    )
    path = tmp_path_factory.mktemp("weights") / "backbone.weights.h5"
    body.save_weights(path)
    return path


def test_raw_pixels_become_probabilities_of_each_class(model: keras.Model) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    probabilities = model.predict(images, verbose=0)
    assert probabilities.shape == (3, 2)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_a_new_head_gives_equal_probabilities() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    np.testing.assert_allclose(small(classes=4).predict(images, verbose=0), 0.25, rtol=1e-6)


def test_the_model_is_flat(model: keras.Model) -> None:
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    upper = keras.Model(model.get_layer("block_10_project_BN").output, model.output)
    assert upper.output_shape == (None, 2)


def test_from_scratch_the_batch_norms_follow_quickly(model: keras.Model) -> None:
    assert model.get_layer("bn_Conv1").momentum == 0.9


def test_trained_weights_keep_the_momentum_they_were_trained_with(weights_file: Path) -> None:
    assert small(str(weights_file)).get_layer("bn_Conv1").momentum == 0.999


def test_a_weights_file_gives_the_same_features_as_keras_own_loading(weights_file: Path) -> None:
    plain = keras.applications.MobileNetV2(
        input_shape=(SIZE_PX, SIZE_PX, 3), alpha=0.35, include_top=False, weights=weights_file
    )
    loaded = small(str(weights_file))
    images = np.random.default_rng(1).integers(0, 256, (2, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
    features = keras.Model(loaded.input, loaded.get_layer(HEAD).output).predict(images, verbose=0)
    expected = plain.predict(images / 127.5 - 1, verbose=0).mean(axis=(1, 2))
    np.testing.assert_allclose(features, expected, atol=1e-4)


def test_weights_of_another_width_are_refused_in_one_sentence(weights_file: Path) -> None:
    with pytest.raises(ValueError, match=r"model\.weights=.*not the weights of this backbone") as refusal:
        small(str(weights_file), alpha=0.5)
    assert "\n" not in str(refusal.value)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    pixels = keras.Input((SIZE_PX, SIZE_PX, 3))
    other = keras.Model(pixels, keras.layers.Conv2D(4, 3, name="Conv1")(pixels))
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ValueError, match=r"model\.weights="):
        small(str(tmp_path / "other.weights.h5"))


def test_a_damaged_weights_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged.weights.h5").write_bytes(b"not HDF5")
    with pytest.raises(ValueError, match=r"model\.weights="):
        small(str(tmp_path / "damaged.weights.h5"))


def test_a_missing_weights_file_is_named() -> None:
    with pytest.raises(ValueError, match=r"model\.weights=nowhere\.h5: no such file"):
        small("nowhere.h5")


def test_imagenet_offline_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**arguments: object) -> keras.Model:
        if arguments.get("weights") == "imagenet":
            raise Exception("URL fetch failure on https://example.org: None -- no network")
        return keras.applications.MobileNetV2(alpha=0.35, **arguments)

    with pytest.raises(ValueError, match=r"model\.weights=imagenet: not in Keras's cache"):
        build_backbone(
            backbone=unreachable,
            rescaling=keras.layers.Rescaling(1 / 127.5, -1),
            weights="imagenet",
            image_size_px=SIZE_PX,
            batch_norm_momentum=0.9,
        )


def test_the_fingerprint_changes_with_a_single_weight(model: keras.Model) -> None:
    before = fingerprint(model)
    kernel, bias = model.get_layer("probabilities").get_weights()
    model.get_layer("probabilities").set_weights([kernel, bias + 1])
    assert fingerprint(model) != before
    model.get_layer("probabilities").set_weights([kernel, bias])
    assert fingerprint(model) == before


def test_layers_below_and_all_batch_norms_are_frozen(model: keras.Model) -> None:
    train_from(model, "block_11_expand_relu", train_batch_norm=False)
    learning = {weight.path.split("/")[0] for weight in model.trainable_weights}
    assert "block_11_depthwise" in learning and "probabilities" in learning
    assert "block_11_expand" not in learning
    assert not any(name.endswith("BN") for name in learning)


def test_a_stage_that_the_model_lacks_is_named(model: keras.Model) -> None:
    with pytest.raises(ValueError, match="block_99"):
        train_from(model, "block_99", train_batch_norm=False)


def test_the_layer_table_counts_what_each_phase_trains(model: keras.Model) -> None:
    train_from(model, HEAD, train_batch_norm=False)
    rows = layer_table(model, {"head": trainable_counts(model)})
    last = rows[-1]
    assert last["name"] == "probabilities"
    assert last["parameters"] == last["trainable_head"] == 1280 * 2 + 2
    assert sum(int(row["trainable_head"]) for row in rows[:-1]) == 0
    assert sum(int(row["parameters"]) for row in rows) == model.count_params()
