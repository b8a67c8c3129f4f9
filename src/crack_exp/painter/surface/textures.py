"""Large random textures, computed once per process; patches use random crops of them."""

from functools import cache

import numpy as np
import scipy.fft
from PIL import Image

BANK_SIDE_PX = 768
# All lengths in the painter are in pixels of a patch of this size, and scale with the requested size.
REFERENCE_PX = 227
# The amplitude at frequency f is f ** -slope: 0 is white noise, 2 and more look like clouds.
SLOPES = {"white": 0.0, "pink": 0.5, "mottle": 1.0, "patchy": 1.5, "clouds": 2.2}
# Band-pass noise: blotches of one size; their period in pixels.
PERIODS_PX = {"grit": 5.0, "gravel": 11.0, "blotches": 24.0, "patches": 60.0}
BRUSHED_STRETCH = 14.0


def crop(rng: np.random.Generator, name: str, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32, with about zero mean and unit standard deviation: a random crop of texture `name`.

    Faster than `zoomed`, and enough for the textures of SLOPES, which look the same at every scale. Read-only.
    """
    x, y = rng.integers(0, BANK_SIDE_PX - size_px + 1, 2)
    return texture(name)[y : y + size_px, x : x + size_px]


def zoomed(rng: np.random.Generator, name: str, size_px: int, zoom: float, stretch: float = 1.0) -> np.ndarray:
    """(size_px, size_px) float32 like `crop`, with features enlarged by `zoom`.

    stretch: ratio of height to width by which they are stretched. They must not become smaller than 0.35 of their
    size in either direction.
    """
    width, height = REFERENCE_PX / zoom * np.sqrt(stretch), REFERENCE_PX / zoom / np.sqrt(stretch)
    x, y = rng.uniform(0, BANK_SIDE_PX - np.array([width, height]))
    box = (x, y, x + width, y + height)
    return np.asarray(_image(name).resize((size_px, size_px), Image.Resampling.BILINEAR, box=box))


def streaks(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32: vertical streaks, like those of rain and sawn boards."""
    return crop(rng, "brushed", size_px)


def white_noise(rng: np.random.Generator, size_px: int, *, coloured: bool) -> np.ndarray:
    """(size_px, size_px, 3) float32 independent noise with unit standard deviation, a random crop.

    coloured: each channel has its own noise; otherwise all channels have the same.
    """
    x, y = rng.integers(0, BANK_SIDE_PX - size_px + 1, 2)
    return _noise_planes(coloured)[y : y + size_px, x : x + size_px]


@cache
def _noise_planes(coloured: bool) -> np.ndarray:
    noise = np.random.default_rng(1000).standard_normal((BANK_SIDE_PX, BANK_SIDE_PX, 3), dtype=np.float32)
    if not coloured:
        noise[..., 1:] = noise[..., :1]  # in memory, since broadcasting over channels is slow
    noise.setflags(write=False)
    return noise


@cache
def texture(name: str) -> np.ndarray:
    """(768, 768) float32, read-only: the texture `name`, always the same. Zero mean, unit standard deviation."""
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
    # Longer waves than a patch would only change its mean.
    frequency = np.maximum(np.hypot(fx, fy), 1.0 / REFERENCE_PX)
    if name in SLOPES:
        return np.asarray(frequency ** -SLOPES[name])
    return np.asarray(np.exp(-((np.log(frequency * PERIODS_PX[name]) / 0.45) ** 2)))
