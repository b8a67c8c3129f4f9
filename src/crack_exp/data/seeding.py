"""Randomness that follows from seed and epoch alone, so that a resumed run needs no random state from before."""

from collections.abc import Iterable

import keras
import numpy as np

GENERATORS_PER_EPOCH = 4096


def seed_layers(layers: Iterable[keras.Layer], seed: int, epoch: int) -> None:
    """Set every random generator in `layers` (dropout, augmentation) to a state of its own for this epoch."""
    generators = [
        value for layer in layers for value in vars(layer).values() if isinstance(value, keras.random.SeedGenerator)
    ]
    assert len(generators) <= GENERATORS_PER_EPOCH
    for number, generator in enumerate(generators):
        # Two words of 32 bits: no two generators and no two epochs share a stream.
        generator.state.assign(np.array([seed, epoch * GENERATORS_PER_EPOCH + number], np.uint32))
