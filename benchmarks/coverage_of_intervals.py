"""How often the interval of a proportion holds, on simulated walls whose true proportion is known.

    python benchmarks/coverage_of_intervals.py --draws 400

Beside the program's interval stand its former one (Wilson's, with the number of images divided by the design effect),
and what one would take instead: Wilson's as if all images were independent, and the percentiles of 1,000 resamples of
walls. A nominal 95 % interval should hold in 95 % of the draws. Among the sizes are some that tell of the proportion:
large walls are better, or worse, than small ones.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from functools import cache, cached_property
from itertools import product

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm, t

from crack_exp.evaluation.proportions import proportion_interval
from crack_exp.evaluation.wilson import Interval, wilson_interval

CONFIDENCE = 0.95
RESAMPLES = 1_000
IMAGES_OF_A_WALL = 30
MANY = 1_000_000
WALLS, SIZES, RATES, CORRELATIONS = (10, 20, 50), ("equal", "different"), (0.8, 0.98, 0.999), (0.0, 0.2, 0.5)
TELLING = {"large are better": 0.6, "large are worse": -0.6}
"""Sizes that tell: the correlation of the logarithm of a wall's size with the logit of its proportion."""

BETA, LOGIT_NORMAL = "beta", "logit-normal"
"""How the proportions of walls are distributed around their mean."""


@dataclass(frozen=True)
class Setting:
    """What is drawn. correlation: of two images of one wall, the variance between walls over rate (1 - rate)."""

    walls: int
    sizes: str
    rate: float
    correlation: float
    distribution: str

    def draw(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(N,) bool hits and (N,) the wall of each image."""
        rates, counts = self._walls(random, self.walls)
        walls = np.repeat(np.arange(self.walls), counts)
        return random.random(len(walls)) < rates[walls], walls

    @cached_property
    def truth(self) -> float:
        """The proportion of hits among the images of very many walls."""
        if self.sizes not in TELLING:
            return self.rate
        rates, counts = self._walls(np.random.default_rng(1), MANY)
        return float(rates @ counts / counts.sum())

    def _walls(self, random: np.random.Generator, number: int) -> tuple[np.ndarray, np.ndarray]:
        """(number,) the proportion of each wall, and its images: half of the walls have 10 to 40, some hundreds."""
        normal, other = random.standard_normal((2, number))
        if self.sizes == "equal":
            counts = np.full(number, IMAGES_OF_A_WALL)
        else:
            tells = TELLING.get(self.sizes, 0.0)
            counts = np.exp(np.log(20) + tells * normal + np.sqrt(1 - tells**2) * other).astype(int).clip(1)
        return self._rates(random, normal), counts

    def _rates(self, random: np.random.Generator, normal: np.ndarray) -> np.ndarray:
        if not self.correlation:
            return np.full(len(normal), self.rate)
        if self.distribution == BETA:
            total = (1 - self.correlation) / self.correlation
            return random.beta(self.rate * total, (1 - self.rate) * total, len(normal))
        mean, deviation = logit_normal(self.rate, self.correlation)
        return np.asarray(expit(mean + deviation * normal))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=300, help="of each setting")
    parser.add_argument("--walls", type=int, nargs="+", default=WALLS)
    arguments = parser.parse_args()
    table = Table("walls", "sizes", "rate", "correlation", "distribution", *METHODS, box=SIMPLE_HEAD)
    found = [(one, coverage(one, arguments.draws)) for one in track(list(settings(arguments.walls)))]
    for one, held in found:
        table.add_row(*map(str, astuple(one)), *(f"{share:.3f}" for share in held.values()))
    console = Console(width=130)
    console.print(table)
    for which, tells in (("sizes that do not tell", False), ("sizes that tell", True)):
        for method in METHODS:
            shares = [held[method] for one, held in found if (one.sizes in TELLING) == tells]
            below, above = sum(share < 0.93 for share in shares), sum(share > 0.98 for share in shares)
            summary = f"from {min(shares):.3f} to {max(shares):.3f}, median {np.median(shares):.3f}"
            console.print(f"{which}, {method}: {summary}; {below} below 0.93, {above} above 0.98 of {len(shares)}")


def settings(walls: list[int]) -> Iterator[Setting]:
    for values in product(walls, SIZES, RATES, CORRELATIONS, (BETA, LOGIT_NORMAL)):
        one = Setting(*values)
        if one.correlation or one.distribution == BETA:  # without correlation both are the same
            yield one
    for telling in product(walls, TELLING, (0.8, 0.98), (0.2, 0.5)):
        yield Setting(*telling, LOGIT_NORMAL)


def coverage(setting: Setting, draws: int) -> dict[str, float]:
    """{method: share of the draws in which its interval has the true proportion}."""
    random, held = np.random.default_rng(0), dict.fromkeys(METHODS, 0)
    for _ in range(draws):
        hits, walls = setting.draw(random)
        for name, method in METHODS.items():
            low, high = method(hits, walls)
            held[name] += low <= setting.truth <= high
    return {name: count / draws for name, count in held.items()}


@cache
def logit_normal(rate: float, correlation: float) -> tuple[float, float]:
    """Mean and standard deviation of the logits whose proportions have this mean and this correlation."""
    normal = norm.ppf((np.arange(20_001) + 0.5) / 20_001)

    def mean_for(deviation: float) -> float:
        return float(brentq(lambda mean: expit(mean + deviation * normal).mean() - rate, -500, 500))

    def excess(deviation: float) -> float:
        return float(expit(mean_for(deviation) + deviation * normal).var() - correlation * rate * (1 - rate))

    deviation = float(brentq(excess, 1e-3, 60))
    return mean_for(deviation), deviation


def of_the_program(hits: np.ndarray, walls: np.ndarray) -> Interval:
    interval = proportion_interval(hits, walls, CONFIDENCE)
    assert interval is not None
    return interval


def as_if_independent(hits: np.ndarray, walls: np.ndarray) -> Interval:
    return wilson_interval(float(hits.mean()), len(hits), CONFIDENCE)


def former(hits: np.ndarray, walls: np.ndarray) -> Interval:
    """The program's until November 2026: Wilson's with the effective number of images (Korn and Graubard 1998)."""
    sizes, share, images = np.bincount(walls), float(hits.mean()), len(hits)
    number = len(sizes)
    if share in (0.0, 1.0):
        return wilson_interval(share, number, CONFIDENCE)
    excess = np.bincount(walls, weights=hits - share)
    variance = number / (number - 1) * (excess @ excess) / images**2
    design_effect = max(1.0, variance * (images - 1) / (share * (1 - share)))
    few = t.isf((1 - CONFIDENCE) / 2, number - 1) / t.isf((1 - CONFIDENCE) / 2, images - 1)
    return wilson_interval(share, images / (design_effect * few**2), CONFIDENCE)


def resampled_walls(hits: np.ndarray, walls: np.ndarray) -> Interval:
    counts, found = np.bincount(walls), np.bincount(walls, weights=hits)
    drawn = np.random.default_rng(1).integers(len(counts), size=(RESAMPLES, len(counts)))
    shares = found[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(shares, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], Interval]] = {
    "crack_exp": of_the_program,
    "formerly": former,
    "as if independent": as_if_independent,
    "resampled walls": resampled_walls,
}

if __name__ == "__main__":
    main()
