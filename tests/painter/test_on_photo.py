"""Painted cracks on photographs of walls."""

import numpy as np
import pytest
from PIL import Image

from crack_exp.painter import CLASS_NAMES
from crack_exp.painter.on_photo import _wall, paint_on_photo

SIZE_PX = 64


def photo() -> Image.Image:
    """Red on the left, blue on the right, speckled."""
    rng = np.random.default_rng(0)
    pixels = np.zeros((300, 400, 3))
    pixels[:, :200] = (180, 90, 70)
    pixels[:, 200:] = (60, 90, 170)
    return Image.fromarray((pixels + rng.normal(0, 5, pixels.shape)).clip(0, 255).astype(np.uint8))


def test_a_wall_has_the_colours_of_the_photograph() -> None:
    pixels = np.asarray(photo().resize((SIZE_PX, SIZE_PX)), dtype=np.float32) / 255
    wall = _wall(pixels, np.array([1.0, 0.0], np.float32))
    np.testing.assert_allclose(wall.coloured(np.ones((SIZE_PX, SIZE_PX), np.float32)), pixels, atol=1e-5)


@pytest.mark.parametrize("label", CLASS_NAMES)
def test_only_cracked_patches_have_a_crack_mask(label: str) -> None:
    patch = paint_on_photo(3, label, photo(), SIZE_PX)
    assert patch.pixels.shape == (SIZE_PX, SIZE_PX, 3) and patch.label == label
    assert patch.crack_mask.any() == (label != "intact")
    if label == "structural":
        grey = patch.pixels.mean(axis=2)
        assert grey[patch.crack_mask == 255].mean() < grey[patch.crack_mask == 0].mean() - 10


def test_the_result_depends_on_seed_and_photograph_only() -> None:
    one, again, other = (paint_on_photo(seed, "hairline", photo(), SIZE_PX).pixels for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
