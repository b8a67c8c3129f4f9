"""Networks of a few hundred weights."""

from collections.abc import Callable

import keras
import numpy as np
import pytest

from crack_exp.model.painted import PaintedHead

KINDS = ("intact", "hairline", "shrinkage", "settlement", "structural")


def tiny_body(filters: int = 4, size_px: int = 8) -> keras.Model:
    pixels = keras.Input((size_px, size_px, 3))
    features = keras.layers.Conv2D(filters, 3)(pixels)
    features = keras.layers.BatchNormalization()(features)
    return keras.Model(pixels, features, name=f"tiny_{size_px}")


@pytest.fixture
def make_body() -> Callable[..., keras.Model]:
    """`make_body(filters=4, size_px=8)`: a convolution of random weights, and a BatchNormalization."""
    return tiny_body


@pytest.fixture
def head() -> PaintedHead:
    rng = np.random.default_rng(0)
    return PaintedHead(KINDS, rng.normal(size=(4, 5)).astype(np.float32), rng.normal(size=5).astype(np.float32))
