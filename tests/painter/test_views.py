"""Views of paintings: rotated, mirrored, with changed light; the same for the same seed and chunk."""

from dataclasses import replace

import numpy as np
import pytest

from crack_exp.painter.stream import Paintings
from crack_exp.painter.views import ChunkViews, Jitter, change_light, reorient

NONE = Jitter(brightness=0, contrast=0, channel_gain=0)
STRONG = Jitter(brightness=0.2, contrast=0.3, channel_gain=0.1)


def paintings(count: int, size_px: int = 8) -> Paintings:
    """Noise; the mask is every fourth pixel of the red channel, so that it can be compared with the rotated pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, size_px, size_px, 3)).astype(np.uint8)
    number = np.arange(count, dtype=np.int32)
    return Paintings(pixels, number, pixels[:, ::4, ::4, 0])


def views(jitter: Jitter = NONE, per_painting: int = 4, seed: int = 1, chunk: int = 0, count: int = 6) -> ChunkViews:
    return ChunkViews(paintings(count), size_px=8, views=per_painting, jitter=jitter, seed=seed, chunk=chunk)


def orientations(image: np.ndarray) -> list[bytes]:
    return [reorient(image[None], np.array([turn])).tobytes() for turn in range(8)]


@pytest.mark.parametrize("per_painting", [1, 3, 8])
def test_each_painting_has_all_its_views_in_different_orientations(per_painting: int) -> None:
    batch = views(per_painting=per_painting).batch(0, 6 * per_painting)
    assert np.bincount(batch.labels).tolist() == [per_painting] * 6
    seen = [
        (label, orientations(paintings(6).pixels[label]).index(pixels.tobytes()))
        for label, pixels in zip(batch.labels, batch.pixels, strict=True)
    ]
    assert len(set(seen)) == len(seen)


def test_the_eight_orientations_are_those_of_a_square() -> None:
    image = np.array([[1, 2], [3, 4]])
    every = reorient(np.repeat(image[None], 8, axis=0), np.arange(8)).tolist()
    assert every[:2] == [[[1, 2], [3, 4]], [[2, 4], [1, 3]]]  # as it is, and a quarter turn to the left
    assert every[4] == [[2, 1], [4, 3]]  # mirrored
    assert len({str(one) for one in every}) == 8


def test_the_mask_has_the_orientation_of_the_painting() -> None:
    whole = paintings(6)
    marked = replace(whole, masks=whole.pixels.reshape(6, 2, 4, 2, 4, 3).max(axis=(2, 4, 5)))
    batch = ChunkViews(marked, size_px=8, views=8, jitter=NONE, seed=1, chunk=0).batch(0, 48)
    expected = batch.pixels.reshape(48, 2, 4, 2, 4, 3).max(axis=(2, 4, 5))
    np.testing.assert_array_equal(batch.masks, expected)


def test_the_same_seed_and_chunk_give_the_same_views() -> None:
    one, other = (views(STRONG).batch(5, 10) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.labels, other.labels)


@pytest.mark.parametrize("changed", [{"seed": 2}, {"chunk": 1}])
def test_another_seed_or_chunk_gives_others(changed: dict[str, int]) -> None:
    assert not np.array_equal(views(STRONG).batch(0, 24).labels, views(STRONG, **changed).batch(0, 24).labels)


def test_batches_are_parts_of_one_order() -> None:
    whole = views(STRONG)
    assert len(whole) == 24
    parts = [whole.batch(start, 8) for start in (0, 8, 16)]
    np.testing.assert_array_equal(np.concatenate([part.pixels for part in parts]), whole.batch(0, 24).pixels)


def test_light_changes_by_the_given_values() -> None:
    image = np.array([[[[100, 100, 100], [200, 200, 200]]]], np.uint8)  # mean 150
    contrast, brightness, gain = np.array([[0.5]]), np.array([[10.0]]), np.array([[1.0, 2.0, 0.21]])
    # (x - 150) / 2 + 150 + 10 is 135 and 185; times the gain, within 0 to 255
    expected = [[[[135, 255, 28], [185, 255, 39]]]]
    np.testing.assert_array_equal(change_light(image, contrast, brightness, gain), expected)


def test_light_varies_within_its_bounds() -> None:
    grey = replace(paintings(200, size_px=4), pixels=np.full((200, 4, 4, 3), 100, np.uint8))
    jitter = Jitter(brightness=0.1, contrast=0.5, channel_gain=0)
    values = ChunkViews(grey, size_px=4, views=1, jitter=jitter, seed=0, chunk=0).batch(0, 200).pixels
    assert 74 <= values.min() < 80 and 120 < values.max() <= 126  # 100, give or take a tenth of 255


def test_views_are_cropped_at_several_positions() -> None:
    whole = replace(paintings(1, size_px=16), masks=np.zeros((1, 4, 4), np.uint8))
    cuts = ChunkViews(whole, size_px=8, views=8, jitter=NONE, seed=1, chunk=0).batch(0, 8).pixels
    places = {
        (4 * row, 4 * column): orientations(whole.pixels[0, 4 * row : 4 * row + 8, 4 * column : 4 * column + 8])
        for row in range(3)
        for column in range(3)
    }
    found = {place for pixels in cuts for place, turns in places.items() if pixels.tobytes() in turns}
    assert len(found) > 2
