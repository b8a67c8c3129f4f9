"""Sets random states that depend on seed and epoch only, so that a resumed run needs no saved random state."""

from collections.abc import Iterable

import keras
import numpy as np

from crack_exp.runtime.backend import backend

DROPOUT, AUGMENTATION, VIEW = range(3)
"""The purposes of random numbers."""


def seed_layers(layers: Iterable[keras.Layer], seed: int, epoch: int, purpose: int) -> None:
    """Set every random generator in `layers` and their inner layers to a different state for this epoch.

    epoch: or another number of the set of draws; purpose: DROPOUT, AUGMENTATION or VIEW, each with its own states.
    """
    generators = [
        variable for layer in layers for variable in layer.variables if variable.name == "seed_generator_state"
    ]
    for number, state in enumerate(generators):
        # Hashed, not incremented: a generator adds 1 to its second word with every draw, so streams would overlap.
        state.assign(np.random.SeedSequence((seed, epoch, purpose, number)).generate_state(2))
    if purpose == DROPOUT:
        backend().seed_dropout(int(np.random.SeedSequence((seed, epoch, purpose)).generate_state(1)[0]))
