"""A network is split where no connection bypasses the cut; both parts together give the same outputs."""

import keras
import numpy as np
import pytest

from crack_exp.model.split_model import clean_cuts, cut_below, split_at


def with_a_detour() -> keras.Model:
    """pixels, wide, narrow, (up, down) with a residual connection around them, added, pooling, output."""
    pixels = keras.Input((8, 8, 3), name="pixels")
    wide = keras.layers.Conv2D(12, 3, padding="same", name="wide")(pixels)
    narrow = keras.layers.Conv2D(2, 1, name="narrow")(wide)
    inside = keras.layers.Conv2D(8, 1, name="up")(narrow)
    inside = keras.layers.Conv2D(2, 1, name="down")(inside)
    added = keras.layers.Add(name="added")([narrow, inside])
    pooled = keras.layers.GlobalAveragePooling2D(name="pooling")(added)
    return keras.Model(pixels, keras.layers.Dense(2, name="output")(pooled), name="detour")


@pytest.fixture(scope="module")
def mobilenet() -> keras.Model:
    body = keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False, weights=None)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooling")(body.output)
    return keras.Model(body.input, keras.layers.Dense(2, name="output")(pooled), name="mobilenet")


def test_there_is_no_cut_inside_a_residual_block() -> None:
    assert list(clean_cuts(with_a_detour())) == ["pixels", "wide", "narrow", "added", "pooling"]


def test_the_two_models_share_the_layers_and_give_the_same() -> None:
    model = with_a_detour()
    below, above = split_at(model, "added")
    images = np.random.default_rng(0).normal(size=(3, 8, 8, 3)).astype(np.float32)
    np.testing.assert_allclose(
        above.predict(below.predict(images, verbose=0), verbose=0), model.predict(images, verbose=0)
    )
    assert below.get_layer("wide") is model.get_layer("wide") and above.get_layer("output") is model.get_layer("output")
    assert below.count_params() + above.count_params() == model.count_params()


def test_a_cut_inside_a_residual_block_is_refused() -> None:
    with pytest.raises(ValueError, match="^detour cannot be cut behind 'up'; it can be behind pixels, wide, narrow,"):
        split_at(with_a_detour(), "up")


def test_the_cut_is_the_highest_one_with_a_small_output() -> None:
    model = with_a_detour()
    assert cut_below(model, "output") == "pooling"
    assert cut_below(model, "pooling") == "added"
    assert cut_below(model, "down") == "narrow"
    assert cut_below(model, "narrow") == "pixels"  # "wide" would be four times as much to keep


@pytest.mark.parametrize(
    ("first", "cut"),
    [
        ("output", "pooling"),
        ("block_16_expand", "block_15_add"),
        ("block_11_expand_relu", "block_10_project_BN"),  # below the wide middle of block 11
    ],
)
def test_mobilenet_is_cut_at_the_end_of_a_bottleneck(mobilenet: keras.Model, first: str, cut: str) -> None:
    assert cut_below(mobilenet, first) == cut
