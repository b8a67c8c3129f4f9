"""Augmentation depends on seeds and contents only."""

from collections.abc import Sequence

import keras
import numpy as np
import pytest

from crack_exp.data.augmentation import View, preview

SIZE_PX = 8
IMAGES = np.random.default_rng(0).integers(0, 256, (6, SIZE_PX, SIZE_PX, 3)).astype(np.uint8)
CONTENTS = [f"image {number}" for number in range(len(IMAGES))]
EVERYONE = np.arange(len(IMAGES))


class ArrayStore:
    """A store of the images in an array."""

    def __init__(self, images: np.ndarray) -> None:
        self.images, self.shape, self.dtype = images, images.shape[1:], images.dtype

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        return self.images[indices]


def flips() -> list[keras.Layer]:
    return [keras.layers.RandomFlip("horizontal_and_vertical", dtype="float32")]


def view(contents: Sequence[str] = CONTENTS, images: np.ndarray = IMAGES, seed: int = 1) -> View:
    return View(ArrayStore(images), contents, flips(), seed=seed)


def test_a_view_holds_augmented_images() -> None:
    seen = view()
    assert (len(seen), seen.shape, seen.dtype) == (6, (SIZE_PX, SIZE_PX, 3), np.uint8)
    flipped = [turned_over(image) for image in IMAGES]
    for image, ways in zip(seen[EVERYONE], flipped, strict=True):
        assert any(np.array_equal(image, way) for way in ways)
    assert not np.array_equal(seen[EVERYONE], IMAGES)


def test_a_batch_of_a_view_is_the_same_at_every_access() -> None:
    seen = view()
    first = seen[EVERYONE[:4]]
    seen[EVERYONE[4:]]
    np.testing.assert_array_equal(seen[EVERYONE[:4]], first)
    turned_round = view(CONTENTS[::-1], IMAGES[::-1])
    np.testing.assert_array_equal(turned_round[EVERYONE[::-1][:4]], first)


def test_another_seed_or_view_gives_other_images() -> None:
    other = [f"{one} seen again" for one in CONTENTS]
    drawn = [view(), view(seed=2), view(other)]
    assert len({one[EVERYONE].tobytes() for one in drawn}) == 3


def test_a_view_refuses_an_unsuitable_layer() -> None:
    with pytest.raises(ValueError, match=r"^augment\.layers\[0\]: CenterCrop gives \(4, 4, 3\) for .*\(8, 8, 3\)"):
        View(ArrayStore(IMAGES), CONTENTS, [keras.layers.CenterCrop(4, 4)], seed=1)


def turned_over(image: np.ndarray) -> list[np.ndarray]:
    return [image, image[::-1], image[:, ::-1], image[::-1, ::-1]]


def test_a_preview_equals_the_augmentation_of_the_epochs() -> None:
    seen = preview(IMAGES, flips(), seed=1, epochs=4)
    assert seen.shape == (6, 4, SIZE_PX, SIZE_PX, 3) and seen.dtype == np.uint8
    for image, epochs in zip(IMAGES, seen, strict=True):
        assert all(any(np.array_equal(shown, one) for one in turned_over(image)) for shown in epochs)
    assert len({epoch.tobytes() for epoch in seen[0]}) > 1
    np.testing.assert_array_equal(seen, preview(IMAGES, flips(), seed=1, epochs=4))
