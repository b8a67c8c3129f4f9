"""How often the interval of a proportion holds, on simulated walls whose true proportion is known.

    python benchmarks/coverage_of_intervals.py --draws 300

Beside the program's interval stand what one would take instead: Wilson's as if all images were independent, and the
percentiles of 1,000 resamples of walls. A nominal 95 % interval should hold in 95 % of the draws.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm

from crack_exp.evaluation.proportions import proportion_interval
from crack_exp.evaluation.wilson import Interval, wilson_interval

CONFIDENCE = 0.95
RESAMPLES = 1_000
IMAGES_OF_A_WALL = 30
WALLS, SIZES, RATES, CORRELATIONS = (10, 20, 50), ("equal", "different"), (0.8, 0.98, 0.999), (0.0, 0.2, 0.5)
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
        counts = np.full(self.walls, IMAGES_OF_A_WALL)
        if self.sizes == "different":  # half of them between 10 and 40 images, some with hundreds
            counts = np.maximum(1, random.lognormal(np.log(20), 1, self.walls)).astype(int)
        walls = np.repeat(np.arange(self.walls), counts)
        return random.random(len(walls)) < self._rates(random)[walls], walls

    def _rates(self, random: np.random.Generator) -> np.ndarray:
        """(walls,) the proportion of each."""
        if not self.correlation:
            return np.full(self.walls, self.rate)
        if self.distribution == BETA:
            total = (1 - self.correlation) / self.correlation
            return random.beta(self.rate * total, (1 - self.rate) * total, self.walls)
        mean, deviation = logit_normal(self.rate, self.correlation)
        return np.asarray(expit(random.normal(mean, deviation, self.walls)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=300, help="of each setting")
    parser.add_argument("--walls", type=int, nargs="+", default=WALLS)
    arguments = parser.parse_args()
    table = Table("walls", "sizes", "rate", "correlation", "distribution", *METHODS, box=SIMPLE_HEAD)
    found = [(one, coverage(one, arguments.draws)) for one in track(list(settings(arguments.walls)))]
    for one, held in found:
        table.add_row(*map(str, vars(one).values()), *(f"{share:.3f}" for share in held.values()))
    console = Console(width=120)
    console.print(table)
    for method in METHODS:
        shares = [held[method] for _, held in found]
        console.print(f"{method}: from {min(shares):.3f} to {max(shares):.3f}, median {np.median(shares):.3f}")


def settings(walls: list[int]) -> Iterator[Setting]:
    for values in product(walls, SIZES, RATES, CORRELATIONS, (BETA, LOGIT_NORMAL)):
        one = Setting(*values)
        if one.correlation or one.distribution == BETA:  # without correlation both are the same
            yield one


def coverage(setting: Setting, draws: int) -> dict[str, float]:
    """{method: share of the draws in which its interval has the true proportion}."""
    random, held = np.random.default_rng(0), dict.fromkeys(METHODS, 0)
    for _ in range(draws):
        hits, walls = setting.draw(random)
        for name, method in METHODS.items():
            low, high = method(hits, walls)
            held[name] += low <= setting.rate <= high
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


def resampled_walls(hits: np.ndarray, walls: np.ndarray) -> Interval:
    counts, found = np.bincount(walls), np.bincount(walls, weights=hits)
    drawn = np.random.default_rng(1).integers(len(counts), size=(RESAMPLES, len(counts)))
    shares = found[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(shares, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], Interval]] = {
    "crack_exp": of_the_program,
    "as if independent": as_if_independent,
    "resampled walls": resampled_walls,
}

if __name__ == "__main__":
    main()
