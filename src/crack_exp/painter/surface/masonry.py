"""Paints brickwork and blockwork, the most common walls besides concrete; mortar joints look like cracks.

Lengths in pixels of a patch of REFERENCE_PX.
"""

from dataclasses import dataclass

import numpy as np

from crack_exp.painter.random_numbers import direction, log_uniform
from crack_exp.painter.surface.concrete import texture_of_concrete
from crack_exp.painter.surface.textures import REFERENCE_PX, crop
from crack_exp.painter.surface.wall import Wall


@dataclass(frozen=True)
class Bond:
    """The bond of masonry: how its stones are arranged.

    length, height: of a stone with its joint; joint: its width; along: direction (2,) of the courses; corner: (2,) of
    one stone; shift: between neighbouring courses, as a share of a stone.
    """

    length: float
    height: float
    joint: float
    along: np.ndarray
    corner: np.ndarray
    shift: float

    def to_wall(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) positions on the patch of `points` (n, 2), whose coordinates are along and across the courses."""
        across = np.array([-self.along[1], self.along[0]])
        return np.asarray(self.corner + points[:, :1] * self.along + points[:, 1:] * across)


def paint_masonry(rng: np.random.Generator, size_px: int, light: np.ndarray) -> tuple[Wall, Bond]:
    """A wall of stones in mortar, `size_px` a side, and its bond."""
    bond = _bond(rng)
    stone, joint = _stones(bond, size_px, wobble=crop(rng, "patchy", size_px) * bond.joint * rng.uniform(0, 0.3))
    shade = np.random.default_rng(rng.integers(2**32)).normal(0, rng.uniform(0, 0.15), 4096)[stone]
    brick, mortar = rng.uniform(0.25, 0.7), rng.uniform(0.15, 0.85)
    luminance = brick * (1.0 + shade) * (1.0 - joint) + mortar * joint
    luminance = luminance * (1.0 + texture_of_concrete(rng, size_px, light))
    tint = np.array([1.0, 1.0, 1.0], np.float32) * rng.normal(1.0, 0.03, 3).astype(np.float32)
    wall = Wall(luminance.astype(np.float32), light, tint)
    clay = np.array([rng.uniform(0.1, 0.6), rng.uniform(-0.2, 0.1), rng.uniform(-0.5, 0.0)], np.float32)
    if rng.random() < 0.75:  # the others: sand-lime or concrete blocks
        wall.layers.append(((1.0 - joint).astype(np.float32), clay))
    return wall, bond


def steps_along_joints(rng: np.random.Generator, bond: Bond) -> np.ndarray:
    """(n, 2) corners of a path through the patch along the joints, one step per course."""
    courses = int(2.2 * REFERENCE_PX / bond.height) + 3
    forward = rng.random(courses) < rng.choice([0.15, 0.85])
    ahead = np.where(np.arange(courses) % 2 == 0, bond.shift, 1.0 - bond.shift)
    shifts = np.where(forward, ahead, ahead - 1.0) * bond.length
    x = np.cumsum(np.concatenate([[0.0], shifts]))
    y = np.arange(courses + 1) * bond.height
    corners = np.stack([np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]], axis=1)
    middle = corners[len(corners) // 2]
    # Move it by whole stones and courses, so that its middle is near the centre of the patch.
    away = bond.to_wall(middle[None])[0] - rng.uniform(0.35, 0.65, 2) * REFERENCE_PX
    stones = np.round(away @ np.stack([bond.along, [-bond.along[1], bond.along[0]]], axis=1))
    pairs = np.array([bond.length, 2 * bond.height])
    return bond.to_wall(corners - np.round(stones / pairs) * pairs)


def _bond(rng: np.random.Generator) -> Bond:
    length = log_uniform(rng, 45, 330)
    return Bond(
        length=length,
        height=length * rng.uniform(0.26, 0.5),
        joint=length * rng.uniform(0.025, 0.1) + 1.0,
        along=direction(rng.normal(0, 0.08)),
        corner=rng.uniform(0, REFERENCE_PX, 2),
        shift=rng.choice([0.5, 0.5, 0.5, 0.25]),
    )


def _stones(bond: Bond, size_px: int, wobble: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) number of the stone, 0 to 4095, and (S, S) the share of joint in each pixel."""
    ticks = (np.arange(size_px, dtype=np.float32) + 0.5) * (REFERENCE_PX / size_px)
    x, y = ticks[None, :] - bond.corner[0], ticks[:, None] - bond.corner[1]
    u = x * bond.along[0] + y * bond.along[1] + wobble
    v = y * bond.along[0] - x * bond.along[1] + wobble
    course = np.floor(v / bond.height)
    u = u - np.where(course % 2 == 0, 0.0, bond.shift * bond.length)
    column = np.floor(u / bond.length)
    to_joint = np.minimum(_to_multiple(u, bond.length), _to_multiple(v, bond.height))
    stone = (column * 31 + course * 57).astype(np.int64) % 4096
    return stone, np.clip((bond.joint / 2 - to_joint) * (size_px / REFERENCE_PX) + 0.5, 0, 1)


def _to_multiple(position: np.ndarray, period: float) -> np.ndarray:
    """Distance to the next multiple of `period` on either side."""
    return np.asarray(np.abs(position - np.round(position / period) * period))
