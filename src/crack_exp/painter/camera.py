"""Turns a painted wall into a photograph: illumination, exposure, blur, noise, JPEG."""

import io
import math

import numpy as np
from PIL import Image, ImageFilter

from crack_exp.painter.random_numbers import direction, log_uniform
from crack_exp.painter.surface.textures import REFERENCE_PX, white_noise
from crack_exp.painter.surface.wall import Wall


def photograph(rng: np.random.Generator, wall: Wall) -> np.ndarray:
    """(S, S, 3) uint8 RGB: a photograph of `wall` with random camera properties and illumination."""
    image = _blurred(rng, _image(_exposed(rng, wall.coloured(_light(rng, wall.size_px)))))
    if rng.random() < 0.65:
        image = _noisy(rng, image)
    if rng.random() < 0.5:
        image = _compressed(rng, image)
    return np.asarray(image.convert("L").convert("RGB") if rng.random() < 0.06 else image)


def _light(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(S, S) illumination that decreases to one side, and sometimes to the corners."""
    x = np.linspace(-0.5, 0.5, size_px, dtype=np.float32)
    light = 1.0 + x[None, :] * np.float32(rng.normal(0, 0.2)) + x[:, None] * np.float32(rng.normal(0, 0.2))
    if rng.random() < 0.3:
        light = light * (1.0 - (x[None, :] ** 2 + x[:, None] ** 2) * np.float32(rng.uniform(-0.2, 0.7)))
    return light


def _exposed(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """`picture` on a scale of 0 to 255, with random contrast, and a random mean that does not depend on its content."""
    mean = float(picture.mean())
    target = rng.uniform(0.4, 0.8) if rng.random() < 0.85 else rng.uniform(0.2, 0.4)
    gain = log_uniform(rng, 0.6, 1.3) * target / max(mean, 0.05)
    picture *= gain * 255
    picture += (target - mean * gain) * 255
    return picture


def _blurred(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """`image` out of focus, with motion blur, enlarged from fewer pixels, sharpened, or unchanged."""
    scale = image.width / REFERENCE_PX
    kind = rng.choice(["focused", "defocused", "shaken", "enlarged", "sharpened"], p=[0.45, 0.18, 0.06, 0.22, 0.09])
    if kind == "defocused":
        return _defocused(image, log_uniform(rng, 0.4, 1.6) * scale)
    if kind == "shaken":
        return image.filter(_shake(rng))
    if kind == "enlarged":
        side = max(1, int(image.width * rng.uniform(0.45, 0.9)))
        small = image.resize((side, side), Image.Resampling.BILINEAR)
        return small.resize(image.size, Image.Resampling.BICUBIC)
    if kind == "sharpened":
        return Image.blend(
            _defocused(image, scale), image, rng.uniform(1.4, 2.2)
        )  # a factor above 1 extrapolates away from the blurred image
    return image


def _defocused(image: Image.Image, deviation_px: float) -> Image.Image:
    """A box blur with this standard deviation: defocus spreads a point to a patch with an edge, not to a Gaussian."""
    return image.filter(ImageFilter.BoxBlur((math.sqrt(12 * deviation_px**2 + 1) - 1) / 2))


def _shake(rng: np.random.Generator) -> ImageFilter.Kernel:
    """Motion blur: the mean along a line of up to five pixels."""
    path = np.round(np.outer(np.linspace(-1, 1, 9), direction(rng.uniform(0, math.pi)) * rng.uniform(1, 2))).astype(int)
    kernel = np.zeros((5, 5))
    kernel[path[:, 1] + 2, path[:, 0] + 2] = 1.0
    return ImageFilter.Kernel((5, 5), kernel.ravel().tolist())


def _noisy(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Sensor noise, in brightness or in each colour channel."""
    strength = log_uniform(rng, 0.6, 8.0)
    noise = white_noise(rng, image.width, coloured=rng.random() < 0.5)
    return _image(np.asarray(image, dtype=np.float32) + noise * np.float32(strength))


def _compressed(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """`image` with the artefacts of JPEG compression."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(35, 95)))
    return Image.open(buffer)


def _image(picture: np.ndarray) -> Image.Image:
    """RGB from `picture` (S, S, 3); values outside of 0 to 255 are clipped."""
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
