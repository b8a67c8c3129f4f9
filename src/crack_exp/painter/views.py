"""Several random views of each painting: cropped, rotated, mirrored, with changed light and colour."""

from dataclasses import dataclass

import numpy as np

from crack_exp.painter.cuts import cut, last_corner
from crack_exp.painter.stream import Paintings

ORIENTATIONS = 8


@dataclass(frozen=True)
class Jitter:
    """Ranges of random changes of light and colour; each is uniformly distributed around no change.

    brightness: added, as a share of the range of pixels; contrast: factor about the image's mean, from 1 - contrast to
    1 + contrast; channel_gain: a factor of each channel in the same way.
    """

    brightness: float
    contrast: float
    channel_gain: float


class ChunkViews:
    """All views of a chunk of paintings, in a random order that depends on `seed` and the chunk's number only.

    Each painting has `views` views, at most 8, each in a different one of 8 orientations and from a random crop of
    `size_px` a side, which is at most the size of the paintings and a multiple of 4.
    """

    def __init__(
        self, paintings: Paintings, *, size_px: int, views: int, jitter: Jitter, seed: int, chunk: int
    ) -> None:
        rng = np.random.default_rng((seed, chunk))
        count = len(paintings.labels)
        order = rng.permutation(count * views)
        turns = rng.permuted(np.tile(np.arange(ORIENTATIONS), (count, 1)), axis=1)[:, :views]
        self._paintings, self._size_px = paintings, size_px
        self._painting, self._turn = order // views, turns.ravel()[order]
        self._corner = rng.integers(0, last_corner(paintings, size_px) + 1, (len(order), 2))
        self._contrast = rng.uniform(1 - jitter.contrast, 1 + jitter.contrast, (len(order), 1))
        self._brightness = 255 * rng.uniform(-jitter.brightness, jitter.brightness, (len(order), 1))
        self._gain = rng.uniform(1 - jitter.channel_gain, 1 + jitter.channel_gain, (len(order), 3))

    def __len__(self) -> int:
        return len(self._painting)

    def batch(self, start: int, size: int) -> Paintings:
        """`size` views, beginning with number `start`."""
        some = slice(start, start + size)
        seen = cut(self._paintings, self._painting[some], self._corner[some], self._size_px)
        pixels = reorient(seen.pixels, self._turn[some])
        return Paintings(
            pixels=change_light(pixels, self._contrast[some], self._brightness[some], self._gain[some]),
            labels=seen.labels,
            masks=reorient(seen.masks, self._turn[some]),
        )


def reorient(images: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Square `images` (N, S, S, ...), each rotated by `turn` (N,) times 90 degrees, and mirrored from 4 on."""
    result = np.empty_like(images)
    for orientation in range(ORIENTATIONS):
        chosen = turn == orientation
        some = np.rot90(images[chosen], orientation % 4, axes=(1, 2))
        result[chosen] = some[:, :, ::-1] if orientation >= 4 else some
    return result


def change_light(pixels: np.ndarray, contrast: np.ndarray, brightness: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """uint8 `pixels` (N, S, S, 3) with changed light; contrast and brightness are (N, 1), gain is (N, 3).

    Contrast is relative to the mean of each image.
    """
    count, height, width, channels = pixels.shape
    mean = pixels.mean(axis=(1, 2, 3))[:, None]
    scale = contrast * gain
    offset = (mean * (1 - contrast) + brightness) * gain + 0.5  # for rounding: truncation would darken
    # Whole rows at once: three times as fast as broadcasting over three channels.
    lit = pixels.reshape(count, height, width * channels) * _rows(scale, width)
    lit += _rows(offset, width)
    return np.clip(lit, 0, 255, out=lit).astype(np.uint8).reshape(pixels.shape)


def _rows(values: np.ndarray, width: int) -> np.ndarray:
    """(N, 3) values of channels as float32 (N, 1, 3 width), for every pixel of a row."""
    return np.tile(values.astype(np.float32), width)[:, None]
