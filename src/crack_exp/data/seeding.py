"""Randomness that follows from seed and epoch alone, so that a resumed run needs no random state from before."""

from collections.abc import Iterable

import keras
import numpy as np

DROPOUT, AUGMENTATION, VIEW = range(3)
"""What the random numbers are for."""


def seed_layers(layers: Iterable[keras.Layer], seed: int, epoch: int, purpose: int) -> None:
    """Set every random generator in `layers`, and in layers inside of them, to a state of its own for this epoch.

    epoch: or what else tells one set of draws from the next; purpose: DROPOUT, AUGMENTATION or VIEW, whose generators
    share no stream.
    """
    generators = [
        variable for layer in layers for variable in layer.variables if variable.name == "seed_generator_state"
    ]
    for number, state in enumerate(generators):
        # Mixed, not counted on: a generator adds 1 to its second word with every draw, and neighbours would meet.
        state.assign(np.random.SeedSequence((seed, epoch, purpose, number)).generate_state(2))
