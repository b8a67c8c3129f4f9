"""Random states depend on seed and epoch only."""

from collections.abc import Sequence

import keras
import numpy as np

from crack_exp.data.seeding import AUGMENTATION, DROPOUT, seed_layers

ONES = np.ones((4, 64), np.float32)


def masks(layers: Sequence[keras.Layer], draws: int) -> list[np.ndarray]:
    """The dropout masks of each layer in its next calls."""
    return [keras.ops.convert_to_numpy(layer(ONES, training=True)) for layer in layers for _ in range(draws)]


def dropouts(count: int) -> list[keras.layers.Dropout]:
    return [keras.layers.Dropout(0.5) for _ in range(count)]


def test_the_same_seed_and_epoch_give_the_same_numbers() -> None:
    fresh, used = dropouts(2), dropouts(2)
    masks(used, draws=7)
    for layers in (fresh, used):
        seed_layers(layers, 3, 5, DROPOUT)
    np.testing.assert_array_equal(masks(fresh, draws=3), masks(used, draws=3))


def test_generators_epochs_seeds_and_purposes_have_different_numbers() -> None:
    layers = dropouts(3)
    seen = []
    for seed, epoch, purpose in ((1, 0, DROPOUT), (1, 1, DROPOUT), (2, 0, DROPOUT), (1, 0, AUGMENTATION)):
        seed_layers(layers, seed, epoch, purpose)
        seen += [mask.tobytes() for mask in masks(layers, draws=5)]
    assert len(set(seen)) == len(seen) == 4 * 3 * 5


def test_an_inner_layer_is_seeded_too() -> None:
    inner = keras.layers.Dropout(0.5)
    outer = keras.layers.Pipeline([keras.layers.Identity(), inner])
    drawn = []
    for _ in range(2):
        seed_layers([outer], 1, 0, AUGMENTATION)
        drawn.append(masks([outer], draws=1)[0])
    np.testing.assert_array_equal(drawn[0], drawn[1])


def test_layers_without_randomness_are_left_alone() -> None:
    dense = keras.layers.Dense(2)
    dense.build((None, 3))
    before = dense.get_weights()
    seed_layers([dense, keras.layers.Flatten()], 1, 0, DROPOUT)
    np.testing.assert_array_equal(before[0], dense.get_weights()[0])


def test_the_largest_seed_and_a_late_epoch_are_accepted() -> None:
    seed_layers(dropouts(1), 2**32 - 1, 2_000_000, DROPOUT)
