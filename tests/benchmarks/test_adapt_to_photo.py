"""Features that are standardised within each photo, as far as its tiles count."""

import math
from importlib import import_module

import numpy as np

adapt = import_module("adapt_to_photo")
RANDOM = np.random.default_rng(0)
KNOWN = RANDOM.normal(5, 2, (200, 3))
TILES, PHOTOS = RANDOM.normal([[0], [100]] * 20, 1, (40, 3)), np.array(["7", "9"] * 20)


def test_each_photo_gets_the_mean_and_spread_of_training() -> None:
    found = adapt.adapted(TILES, PHOTOS, KNOWN, 0.0)
    for photo in ("7", "9"):
        np.testing.assert_allclose(found[PHOTOS == photo].mean(axis=0), KNOWN.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(found[PHOTOS == photo].std(axis=0), KNOWN.std(axis=0), rtol=1e-4)


def test_without_end_nothing_changes_and_between_it_is_between() -> None:
    np.testing.assert_allclose(adapt.adapted(TILES, PHOTOS, KNOWN, math.inf), TILES, rtol=1e-6)
    half = adapt.adapted(TILES, PHOTOS, KNOWN, 20.0)[PHOTOS == "9"].mean()  # 20 tiles: as much as training
    assert KNOWN.mean() < half < TILES[PHOTOS == "9"].mean()
