"""Large random textures, computed once in a process; patches take random views of them."""

from functools import cache

import numpy as np
import scipy.fft
from PIL import Image

BANK_SIDE_PX = 768
# All lengths of the painter are pixels of a patch of this size, and scale with the size that is asked for.
REFERENCE_PX = 227
# Amplitude falls with frequency as f ** -slope: 0 is white noise, 2 and more are clouds.
SLOPES = {"white": 0.0, "pink": 0.5, "mottle": 1.0, "patchy": 1.5, "clouds": 2.2}
# Band-pass noise: blotches of one size, given by their period in pixels.
PERIODS_PX = {"grit": 5.0, "gravel": 11.0, "blotches": 24.0, "patches": 60.0}
BRUSHED_STRETCH = 14.0


def crop(rng: np.random.Generator, name: str, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32, about zero mean and unit deviation: a random cut from the texture `name`.

    The quickest way; enough for the textures of SLOPES, which look alike at every scale. Read-only.
    """
    x, y = rng.integers(0, BANK_SIDE_PX - size_px + 1, 2)
    return texture(name)[y : y + size_px, x : x + size_px]


def zoomed(rng: np.random.Generator, name: str, size_px: int, zoom: float, stretch: float = 1.0) -> np.ndarray:
    """(size_px, size_px) float32 like `crop`, with all features `zoom` times as large and `stretch` as high as wide.

    Neither way smaller than 0.35 of their size.
    """
    width, height = REFERENCE_PX / zoom * np.sqrt(stretch), REFERENCE_PX / zoom / np.sqrt(stretch)
    x, y = rng.uniform(0, BANK_SIDE_PX - np.array([width, height]))
    box = (x, y, x + width, y + height)
    return np.asarray(_image(name).resize((size_px, size_px), Image.Resampling.BILINEAR, box=box))


def streaks(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32: upright streaks, as rain and sawn boards leave them."""
    return crop(rng, "brushed", size_px)


def white_noise(rng: np.random.Generator, size_px: int, *, coloured: bool) -> np.ndarray:
    """(size_px, size_px, 3) float32 independent noise of unit deviation, a different cut for every photograph.

    coloured: each channel has its own; else all have the same.
    """
    x, y = rng.integers(0, BANK_SIDE_PX - size_px + 1, 2)
    return _noise_planes(coloured)[y : y + size_px, x : x + size_px]


@cache
def _noise_planes(coloured: bool) -> np.ndarray:
    noise = np.random.default_rng(1000).standard_normal((BANK_SIDE_PX, BANK_SIDE_PX, 3), dtype=np.float32)
    if not coloured:
        noise[..., 1:] = noise[..., :1]  # in memory, since adding one channel to three is slow in NumPy
    noise.setflags(write=False)
    return noise


@cache
def texture(name: str) -> np.ndarray:
    """(768, 768) float32, read-only: the texture `name`, always the same. Zero mean, unit deviation."""
    rng = np.random.default_rng((*SLOPES, *PERIODS_PX, "brushed").index(name))
    white = rng.standard_normal((BANK_SIDE_PX, BANK_SIDE_PX), dtype=np.float32)
    filtered = scipy.fft.irfft2(scipy.fft.rfft2(white) * _amplitude(name), s=white.shape)
    normalised = ((filtered - filtered.mean()) / filtered.std()).astype(np.float32)
    normalised.setflags(write=False)
    return normalised


@cache
def _image(name: str) -> Image.Image:
    return Image.fromarray(texture(name))


def _amplitude(name: str) -> np.ndarray:
    """(768, 385) amplitude of each frequency of the texture `name`."""
    fx = scipy.fft.rfftfreq(BANK_SIDE_PX)[None, :]
    fy = scipy.fft.fftfreq(BANK_SIDE_PX)[:, None]
    if name == "brushed":
        return np.asarray(1.0 / (0.01 + np.hypot(fx, fy * BRUSHED_STRETCH)))
    # Waves longer than a patch would only shift its mean.
    frequency = np.maximum(np.hypot(fx, fy), 1.0 / REFERENCE_PX)
    if name in SLOPES:
        return np.asarray(frequency ** -SLOPES[name])
    return np.asarray(np.exp(-((np.log(frequency * PERIODS_PX[name]) / 0.45) ** 2)))
