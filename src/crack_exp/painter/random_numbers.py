"""Random distributions that several modules of the painter use."""

import math

import numpy as np


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between `low` and `high`, both above 0, whose logarithm is uniformly distributed."""
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def unit_vector(rng: np.random.Generator) -> np.ndarray:
    """(2,) float32 (x, y) of length 1, in any direction."""
    return direction(rng.uniform(0, 2 * math.pi))


def direction(angle_rad: float) -> np.ndarray:
    """(2,) float32: the unit vector (x, y) at an angle to the x axis."""
    return np.array([math.cos(angle_rad), math.sin(angle_rad)], dtype=np.float32)
