"""Blemishes of a surface: pores, dents, stains, scratches, marks. Lengths in pixels of a patch of REFERENCE_PX."""

import math

import numpy as np
from PIL import Image, ImageDraw

from crack_exp.painter.crack.carving import carve, carve_deep
from crack_exp.painter.random_numbers import log_uniform
from crack_exp.painter.strokes import SUPERSAMPLING, bent_lines, draw_lines, draw_polygons, fractal_paths
from crack_exp.painter.surface.textures import REFERENCE_PX, crop, streaks
from crack_exp.painter.surface.wall import Wall

# The largest change of brightness, and of red, green and blue, by a stain.
STAINS = {
    "damp": (-0.28, (-0.02, 0.0, 0.03)),
    "rust": (-0.18, (0.18, 0.0, -0.2)),
    "moss": (-0.28, (-0.02, 0.08, -0.1)),
    "lime": (0.21, (-0.01, -0.01, 0.01)),
    "soot": (-0.4, (0.0, 0.0, 0.0)),
}


def pores(rng: np.random.Generator, wall: Wall) -> None:
    """Round holes of air bubbles in many sizes, with the far rim lit; often in clusters."""
    side = wall.size_px * SUPERSAMPLING
    count = int(log_uniform(rng, 2, 220))
    radii = np.minimum(log_uniform(rng, 0.45, 2.2) * np.exp(rng.normal(0, 0.55, count)), 8) * side / REFERENCE_PX
    centres = rng.uniform(0, side, (count, 2))
    squash = rng.uniform(0.6, 1.0, (count, 2)) * rng.uniform(0.5, 1.0, 2)
    boxes = np.hstack([centres - radii[:, None] * squash, centres + radii[:, None] * squash])
    canvas = Image.new("L", (side, side))
    draw = ImageDraw.Draw(canvas)
    for box, fill in zip(boxes.tolist(), rng.integers(120, 256, count).tolist(), strict=True):
        draw.ellipse(box, fill=fill)
    mask = np.asarray(canvas.reduce(SUPERSAMPLING), dtype=np.float32) / 255
    if rng.random() < 0.5:
        mask = mask * np.clip(0.5 + crop(rng, "clouds", wall.size_px), 0, 1)
    carve(wall, mask, rng.uniform(0.15, 0.85), rng.uniform(0, 0.4))


def dents(rng: np.random.Generator, wall: Wall) -> None:
    """Voids, chipped spots and smears: dark and irregular like a crack, but short."""
    count, corners = int(rng.integers(1, 8)), 24
    angles = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    waves = (
        np.cos(np.outer((2, 3, 5, 8), angles)[None] + rng.uniform(0, 6, (count, 4, 1))) / np.sqrt((2, 3, 5, 8))[:, None]
    )
    bulges = (waves * rng.normal(0, 0.35, (count, 4, 1))).sum(axis=1)
    radii = log_uniform(rng, 1.5, 13) * np.exp(bulges + rng.normal(0, 0.08, (count, corners)))
    shapes = circle * radii[..., None] * rng.uniform(0.35, 1.0, (count, 1, 2))
    mask = draw_polygons(rng.uniform(0, REFERENCE_PX, (count, 1, 2)) + shapes, wall.size_px)
    mask = mask * np.clip(0.8 + 0.3 * crop(rng, "mottle", wall.size_px), 0, 1)
    if rng.random() < 0.35:
        carve_deep(rng, wall, mask, rng.uniform(0.4, 0.9))
    else:
        carve(wall, mask, rng.uniform(0.1, 0.8) if rng.random() < 0.8 else -rng.uniform(0.1, 0.4), rng.uniform(0, 0.4))


def stains(rng: np.random.Generator, wall: Wall) -> None:
    """A stain of water, rust, moss, lime or soot, in the shape of a patch, drips or a tide mark."""
    shape = rng.choice(["patch", "drips", "tide"], p=[0.45, 0.35, 0.2])
    if shape == "drips":
        mask = np.clip(streaks(rng, wall.size_px) - rng.uniform(0.3, 1.2), 0, 1)
    elif shape == "patch":
        level = crop(rng, "clouds", wall.size_px) - rng.uniform(-0.3, 1.2)
        mask = np.clip(0.5 + level / log_uniform(rng, 0.2, 1.5), 0, 1)
        mask = mask * np.clip(0.75 + 0.2 * crop(rng, "mottle", wall.size_px), 0, 1)
    else:
        # Wider than a hairline, since the two would look the same.
        level = crop(rng, "clouds", wall.size_px) - rng.uniform(-1, 1)
        mask = np.exp(-((level / log_uniform(rng, 0.2, 0.5)) ** 2))
    brightness, colour = list(STAINS.values())[rng.integers(len(STAINS))]
    strength = rng.uniform(0.2, 1.0)
    wall.luminance *= 1.0 + mask * (brightness * strength)
    if any(colour):
        wall.layers.append((mask, np.array(colour, np.float32) * np.float32(strength)))


def scratches(rng: np.random.Generator, wall: Wall) -> None:
    """A few thin, smooth, slightly bent lines, mostly lighter than the surface."""
    count = int(rng.integers(1, 6))
    starts = rng.uniform(0, REFERENCE_PX, (count, 2))
    angles = rng.uniform(0, math.pi) + rng.normal(0, 0.3, count)
    chords = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(30, 200, (count, 1))
    mask = draw_lines(bent_lines(rng, starts, starts + chords, 0.05), log_uniform(rng, 0.5, 2.0), wall.size_px)
    mask = mask * np.clip(0.6 + 0.6 * crop(rng, "patchy", wall.size_px), 0, 1)
    depth = rng.uniform(-0.45, -0.1) if rng.random() < 0.65 else rng.uniform(0.1, 0.4)
    carve(wall, mask, depth, lip=0.0)


def marks(rng: np.random.Generator, wall: Wall) -> None:
    """Chalk, pencil or paint: a word, or a line drawn by hand."""
    if rng.random() < 0.5:
        text = "".join(chr(code) for code in rng.integers(48, 91, rng.integers(1, 6)))
        canvas = Image.new("L", (wall.size_px, wall.size_px))
        corner = tuple(rng.uniform(-0.1, 0.7, 2) * wall.size_px)
        size = log_uniform(rng, 0.08, 0.5) * wall.size_px
        ImageDraw.Draw(canvas).text(corner, text, fill=255, font_size=size, stroke_width=int(rng.integers(0, 3)))
        mask = np.asarray(canvas, dtype=np.float32) / 255
    else:
        start, end = rng.uniform(0.1, 0.9, (2, 1, 2)) * REFERENCE_PX
        mask = draw_lines(fractal_paths(rng, start, end, 0.25, 2), log_uniform(rng, 1, 7), wall.size_px)
    mask = mask * np.clip(0.7 + 0.5 * crop(rng, "pink", wall.size_px), 0, 1) * np.float32(rng.uniform(0.2, 0.9))
    wall.cover(mask, rng.uniform(0, 1), rng.normal(1.0, 0.15, 3).astype(np.float32))
