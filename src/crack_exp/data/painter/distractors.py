"""What is no crack but looks like one. Every class carries these at the same rate, so none betrays it."""

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from crack_exp.data.painter.carving import blurred, carve
from crack_exp.data.painter.draws import direction, log_uniform
from crack_exp.data.painter.strokes import SUPERSAMPLING, draw_polygons, even_outlines
from crack_exp.data.painter.textures import REFERENCE_PX, crop, streaks

# What a stain does to red, green and blue, where it is strongest.
STAINS = {
    "damp": (-0.3, -0.28, -0.25),
    "rust": (0.0, -0.18, -0.38),
    "moss": (-0.3, -0.2, -0.38),
    "lime": (0.2, 0.2, 0.22),
    "soot": (-0.4, -0.4, -0.4),
}


def pores(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """Round holes that air left behind, of many sizes, with their far rim lit."""
    size_px = surface.shape[1]
    scale = size_px / REFERENCE_PX * SUPERSAMPLING
    count = int(log_uniform(rng, 3, 200))
    radii = np.minimum(log_uniform(rng, 0.5, 2.2) * np.exp(rng.normal(0, 0.5, count)), 8) * scale
    centres = rng.uniform(0, size_px * SUPERSAMPLING, (count, 2))
    squash = rng.uniform(0.6, 1.0, (count, 2))
    canvas = Image.new("L", (size_px * SUPERSAMPLING,) * 2)
    draw = ImageDraw.Draw(canvas)
    for low, high in zip(centres - radii[:, None] * squash, centres + radii[:, None] * squash, strict=True):
        draw.ellipse((*low, *high), fill=int(rng.integers(120, 256)))
    mask = np.asarray(canvas.reduce(SUPERSAMPLING), dtype=np.float32) / 255
    carve(surface, mask, rng.uniform(0.15, 0.75), light, rng.uniform(0, 0.4))


def joints(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """One or two straight, even grooves, mostly upright or level."""
    plumb = rng.choice([0.0, math.pi / 2]) + rng.normal(0, 0.06)
    angle = plumb if rng.random() < 0.75 else rng.uniform(0, math.pi)
    along, across = direction(angle) * REFERENCE_PX * 2, direction(angle + math.pi / 2)
    offsets = np.arange(rng.integers(1, 3)) * rng.uniform(8, 70)
    middles = rng.uniform(0.1, 0.9, 2) * REFERENCE_PX + np.outer(offsets, across)
    ends = np.stack([middles - along, middles, middles + along], axis=1)
    mask = _lines(ends, log_uniform(rng, 0.8, 9), surface.shape[1])
    carve(surface, mask, rng.uniform(0.2, 0.9), light, rng.uniform(0, 0.5))


def boards(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """Marks of formwork: boards of unequal brightness, the seams between them, streaks along the grain."""
    size_px, upright = surface.shape[1], rng.random() < 0.5
    period = log_uniform(rng, 25, 110)
    phase = (np.arange(size_px) * REFERENCE_PX / size_px + rng.uniform(0, period)) / period
    tones = rng.normal(0, rng.uniform(0.01, 0.06), 12)[phase.astype(int)]
    seams = np.clip(log_uniform(rng, 0.6, 2.5) / 2 - np.abs(phase - np.round(phase)) * period + 0.5, 0, 1)
    seams = seams.astype(np.float32) * np.clip(0.7 + 0.4 * crop(rng, "patchy", size_px), 0, 1)
    marks = tones.astype(np.float32) + streaks(rng, size_px) * rng.uniform(0, 0.04)
    surface *= 1.0 + (marks if upright else marks.T)
    carve(surface, seams if upright else seams.T, rng.uniform(-0.2, 0.5), light, rng.uniform(0, 0.3))


def stains(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """A damp patch, drips or a tide mark, of water, rust, moss, lime or soot."""
    size_px, shape = surface.shape[1], rng.choice(["patch", "drips", "tide"])
    if shape == "drips":
        mask = np.clip(streaks(rng, size_px) - rng.uniform(0.3, 1.2), 0, 1)
    elif shape == "patch":
        level = crop(rng, "clouds", size_px) - rng.uniform(-0.3, 1.2)
        mask = np.clip(0.5 + level / log_uniform(rng, 0.2, 1.5), 0, 1)
        mask = mask * np.clip(0.75 + 0.2 * crop(rng, "mottle", size_px), 0, 1)
    else:
        level = crop(rng, "clouds", size_px) - rng.uniform(-1, 1)
        mask = np.exp(-((level / log_uniform(rng, 0.04, 0.2)) ** 2))
    colour = np.array(rng.choice(list(STAINS.values())), np.float32)[:, None, None]
    surface *= 1.0 + mask * colour * rng.uniform(0.2, 1.0)


def scratches(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """A few thin, smooth, slightly bent lines, mostly lighter than the surface."""
    count = int(rng.integers(1, 5))
    starts = rng.uniform(0, REFERENCE_PX, (count, 2))
    angles = rng.uniform(0, math.pi) + rng.normal(0, 0.3, count)
    chords = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(30, 200, (count, 1))
    paths = _bent(rng, starts, starts + chords, 0.05)
    mask = _lines(paths, log_uniform(rng, 0.5, 1.8), surface.shape[1])
    mask = mask * np.clip(0.6 + 0.6 * crop(rng, "patchy", surface.shape[1]), 0, 1)
    depth = rng.uniform(-0.45, -0.1) if rng.random() < 0.65 else rng.uniform(0.1, 0.4)
    carve(surface, mask, depth, light, lip=0.0)


def dents(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """Chipped spots and smears: dark and irregular like a crack, but short."""
    count, corners = int(rng.integers(1, 8)), 24
    angles = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    polygons = []
    for centre in rng.uniform(0, REFERENCE_PX, (count, 2)):
        waves = [np.cos(k * angles + rng.uniform(0, 6)) / math.sqrt(k) for k in (2, 3, 5, 8)]
        bulges = rng.normal(0, 0.35, len(waves)) @ np.array(waves)
        radii = log_uniform(rng, 1.5, 10) * np.exp(bulges + rng.normal(0, 0.08, corners))
        shape = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]
        polygons.append(centre + shape * rng.uniform(0.4, 1.0, 2))
    mask = draw_polygons(polygons, surface.shape[1])
    mask = mask * np.clip(0.8 + 0.3 * crop(rng, "mottle", surface.shape[1]), 0, 1)
    carve(surface, mask, rng.uniform(0.1, 0.8), light, rng.uniform(0, 0.4))


def cable(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """A wire or pipe before the wall: even width, smooth bends, one lit side, a soft shadow beside it."""
    size_px, width = surface.shape[1], log_uniform(rng, 2, 14)
    middle = rng.uniform(0.15, 0.85, 2) * REFERENCE_PX
    half = direction(rng.uniform(0, math.pi)) * REFERENCE_PX * 1.2
    path = _bent(rng, (middle - half)[None], (middle + half)[None], 0.08)
    shadow = blurred(_lines(path + light * width * rng.uniform(0.3, 1.5), width, size_px), width * 0.5)
    surface *= 1.0 - shadow * rng.uniform(0, 0.5)
    body = _lines(path, width, size_px)
    shine = blurred(_lines(path - light * width * 0.2, width * 0.3, size_px), max(0.8, width * 0.15)) * body
    colour = log_uniform(rng, 0.04, 0.7) * rng.normal(1.0, 0.08, (3, 1, 1))
    surface += body * (colour.astype(np.float32) - surface) + shine * rng.uniform(0, 0.25)


def shadow(rng: np.random.Generator, surface: np.ndarray, light: np.ndarray) -> None:
    """The straight-edged shadow of something outside the picture, sharp or soft: a band or a whole side."""
    angle = rng.uniform(0, 2 * math.pi)
    along, across = direction(angle) * REFERENCE_PX * 2, direction(angle + math.pi / 2)
    edge = rng.uniform(0.1, 0.9, 2) * REFERENCE_PX
    other = edge + across * log_uniform(rng, 30, 600)
    turn = along + across * rng.normal(0, 60)
    corners = np.stack([edge - along, edge + along, other + turn, other - turn])
    mask = draw_polygons([corners], surface.shape[1])
    surface *= 1.0 - blurred(mask, log_uniform(rng, 0.5, 20)) * rng.uniform(0.2, 0.6)


Distractor = Callable[[np.random.Generator, np.ndarray, np.ndarray], None]
# Chance of each, in the order of painting: what lies in the surface, then what lies on or before a crack.
UNDER_THE_CRACK: dict[Distractor, float] = {boards: 0.15, joints: 0.22, stains: 0.3, pores: 0.55, dents: 0.22}
OVER_THE_CRACK: dict[Distractor, float] = {scratches: 0.18, cable: 0.1, shadow: 0.15}


def paint_distractors(
    rng: np.random.Generator, surface: np.ndarray, light: np.ndarray, chances: dict[Distractor, float]
) -> None:
    """Paint each of `chances` on `surface` (3, S, S) in place, or leave it out."""
    for distractor, chance in chances.items():
        if rng.random() < chance:
            distractor(rng, surface, light)


def _bent(rng: np.random.Generator, starts: np.ndarray, ends: np.ndarray, bend: float) -> np.ndarray:
    """(E, 32, 2) smooth curves; `bend` is the deviation of their bulges, in lengths of the chord."""
    t = np.linspace(0, 1, 32)[None, :, None]
    chords = (ends - starts)[:, None]
    bulge = sum(rng.normal(0, bend / k, (len(starts), 1, 1)) * np.sin(k * math.pi * t) for k in (1, 2, 3))
    return np.asarray(starts[:, None] + t * chords + bulge * chords[..., ::-1] * (-1.0, 1.0))


def _lines(paths: np.ndarray, width: float, size_px: int) -> np.ndarray:
    """(S, S) float32 in [0, 1]: `paths` (E, n, 2) drawn with one even width."""
    return draw_polygons(even_outlines(paths, width), size_px)
