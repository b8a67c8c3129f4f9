"""The painter's head with the classes of the data: outputs, saving, splitting, training."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.model.classifier import HEAD, add_painted_head, build_backbone
from crack_exp.model.freezing import layer_table, train_from, trainable_counts
from crack_exp.model.painted import PaintedHead, map_painted_classes

SIZE_PX = 8
KINDS = ("intact", "hairline", "shrinkage", "settlement", "structural")
IMAGES = np.random.default_rng(0).integers(0, 256, (6, SIZE_PX, SIZE_PX, 3), dtype=np.uint8)
rng = np.random.default_rng(1)
PAINTED = PaintedHead(KINDS, rng.normal(size=(4, 5)).astype(np.float32), rng.normal(size=5).astype(np.float32))


def tiny(input_tensor: keras.KerasTensor, include_top: bool, weights: None) -> keras.Model:
    features = keras.layers.Conv2D(4, 3, name="conv")(input_tensor)
    features = keras.layers.BatchNormalization(name="norm")(features)
    return keras.Model(keras.utils.get_source_inputs(input_tensor), features, name="tiny")


@pytest.fixture
def make() -> Callable[..., keras.Model]:
    def make(class_names: list[str], intact: str) -> keras.Model:
        body = build_backbone(
            backbone=tiny,
            rescaling=keras.layers.Rescaling(1 / 127.5, -1),
            weights="none",
            image_size_px=SIZE_PX,
            batch_norm_momentum=0.9,
        )
        belongs = map_painted_classes(KINDS, class_names, {intact})
        return add_painted_head(body, PAINTED, belongs, class_names, dropout=0.2)

    return make


Make = Callable[..., keras.Model]


def by_hand(model: keras.Model) -> np.ndarray:
    """Probabilities (N, 5) of the painter's kinds, from pooled features and the weights of the head."""
    features = keras.Model(model.inputs, model.get_layer(HEAD).output).predict(IMAGES, verbose=0)
    powers = np.exp(features @ PAINTED.kernel + PAINTED.bias)
    return powers / powers.sum(axis=1, keepdims=True)


def test_the_same_classes_keep_their_probabilities_in_the_datas_order(make: Make) -> None:
    class_names = sorted(KINDS)
    model = make(class_names, "intact")
    expected = by_hand(model)[:, [KINDS.index(name) for name in class_names]]
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), expected, rtol=1e-4)
    assert [layer.name for layer in model.layers][-2:] == ["dropout", "probabilities"]


@pytest.mark.parametrize(("class_names", "intact"), [(["Negative", "Positive"], "Negative"), (["crack", "ok"], "ok")])
def test_kinds_of_crack_are_summed_in_the_class_that_shows_cracks(
    make: Make, class_names: list[str], intact: str
) -> None:
    model = make(class_names, intact)
    kinds, message = by_hand(model), model.predict(IMAGES, verbose=0)
    assert message.dtype == np.float32
    np.testing.assert_allclose(message[:, class_names.index(intact)], kinds[:, 0], rtol=1e-4)
    np.testing.assert_allclose(message[:, 1 - class_names.index(intact)], kinds[:, 1:].sum(axis=1), rtol=1e-4)


def test_a_saved_model_of_standard_layers_gives_the_same(make: Make, tmp_path: Path) -> None:
    model = make(["Negative", "Positive"], "Negative")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(IMAGES, verbose=0), model.predict(IMAGES, verbose=0), rtol=1e-6)
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)


def test_training_changes_the_head_but_not_the_summing_layer(make: Make) -> None:
    model = make(["Negative", "Positive"], "Negative")
    before = model.get_layer("painted_kinds").get_weights()[0]
    train_from(model, HEAD, train_batch_norm=False)
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    losses = model.fit(IMAGES, np.array([0, 1, 0, 1, 1, 0]), epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert not np.array_equal(model.get_layer("painted_kinds").get_weights()[0], before)
    np.testing.assert_array_equal(
        model.get_layer("probabilities").get_weights()[0], [[1, 0], [0, 1], [0, 1], [0, 1], [0, 1]]
    )
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0).sum(axis=1), 1, rtol=1e-5)


def test_the_summing_layer_has_no_trainable_parameters(make: Make) -> None:
    model = make(["Negative", "Positive"], "Negative")
    train_from(model, "conv", train_batch_norm=True)
    learned = {row["name"]: row["trainable_all"] for row in layer_table(model, {"all": trainable_counts(model)})}
    assert learned["painted_kinds"] == 4 * 5 + 5 and learned["conv"] == 3 * 3 * 3 * 4 + 4
    assert learned["probabilities"] == 0


def test_the_network_can_be_split_below_the_head(make: Make) -> None:
    model = make(["Negative", "Positive"], "Negative")
    lower = keras.Model(model.inputs, model.get_layer(HEAD).output)
    upper = keras.Model(model.get_layer("dropout").output, model.output)
    np.testing.assert_allclose(
        upper.predict(lower.predict(IMAGES, verbose=0), verbose=0), model.predict(IMAGES, verbose=0), rtol=1e-5
    )
