"""From a painted wall to a photograph of it: light, exposure, blur, noise, JPEG."""

import io

import numpy as np
from PIL import Image, ImageFilter

from crack_exp.data.painter.draws import log_uniform
from crack_exp.data.painter.textures import REFERENCE_PX, crop


def photograph(rng: np.random.Generator, surface: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 RGB of `surface` (3, S, S), a reflectance of about 0 to 1."""
    size_px = surface.shape[1]
    exposed = _exposed(rng, surface * _light(rng, size_px))
    image = _blurred(rng, _image(exposed * 255))
    if rng.random() < 0.7:
        image = _noisy(rng, image)
    return np.asarray(_compressed(rng, image) if rng.random() < 0.5 else image)


def _light(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(S, S) light that falls off to one side, and at times to the corners."""
    x = np.linspace(-0.5, 0.5, size_px, dtype=np.float32)
    light = 1.0 + x[None, :] * rng.normal(0, 0.2) + x[:, None] * rng.normal(0, 0.2)
    if rng.random() < 0.3:
        light = light * (1.0 - (x[None, :] ** 2 + x[:, None] ** 2) * rng.uniform(-0.2, 0.7))
    return np.asarray(light, dtype=np.float32)


def _exposed(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Contrast and brightness as cameras and hands set them, whatever the wall shows."""
    mean = float(picture.mean())
    target = rng.uniform(0.38, 0.8)
    contrast = log_uniform(rng, 0.6, 1.25)
    return (picture - mean) * (contrast * target / max(mean, 0.05)) + target


def _blurred(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Out of focus, enlarged from fewer pixels, sharpened, or as it is."""
    scale = image.width / REFERENCE_PX
    kind = rng.choice(["focused", "defocused", "enlarged", "sharpened"], p=[0.45, 0.25, 0.2, 0.1])
    if kind == "defocused":
        return image.filter(ImageFilter.GaussianBlur(log_uniform(rng, 0.4, 1.3) * scale))
    if kind == "enlarged":
        side = max(1, int(image.width * rng.uniform(0.5, 0.9)))
        small = image.resize((side, side), Image.Resampling.BILINEAR)
        return small.resize(image.size, Image.Resampling.BICUBIC)
    if kind == "sharpened":
        return image.filter(ImageFilter.UnsharpMask(1.0 * scale, int(rng.uniform(40, 120)), 0))
    return image


def _noisy(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Sensor noise, in brightness and less of it in colour; green is the cleanest channel."""
    strength = log_uniform(rng, 0.6, 7.0)
    grey = crop(rng, "white", image.width)
    planes = np.moveaxis(np.asarray(image, dtype=np.float32), 2, 0) + strength * grey
    for plane in planes[::2]:
        plane += 0.6 * strength * crop(rng, "white", image.width)
    return _image(planes)


def _compressed(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """The traces that an earlier JPEG leaves."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(35, 95)))
    return Image.open(buffer)


def _image(planes: np.ndarray) -> Image.Image:
    """RGB from `planes` (3, S, S) of 0 to 255; what is beyond is cut off."""
    return Image.merge("RGB", [Image.fromarray(plane) for plane in np.clip(planes, 0, 255).astype(np.uint8)])
