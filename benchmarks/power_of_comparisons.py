"""How often a comparison finds a gain that it promised to find four times in five, and one that is not there.

    python benchmarks/power_of_comparisons.py --draws 200

Two equally good models, or settings of several seeds, are compared on simulated walls. The comparison says which gain
it would find (8 times in 10). Then, on other walls, the second is better by this gain: found counts how often the
comparison says so. Before: the gain was taken from Student's t with the standard error as if it were known, whichever
test decided. It is compared with the gain that is promised now. Where none is promised, nothing is counted.
False positives: how often equally good ones are significantly different; nominally 0.05.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table
from simulated_walls import Walls

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.paired_tests import Difference, compare_models, compare_settings
from crack_exp.evaluation.power import POWER

SIGNIFICANCE = 0.05
RESAMPLES = 100


@dataclass(frozen=True)
class Case:
    metric: str
    seeds: int
    walls: Walls
    skill: float


CASES = [
    *(Case("accuracy", 1, Walls(walls, 60), 1.5) for walls in (6, 8, 12, 20, 50)),
    Case("accuracy", 1, Walls(20, 60), 3.5),
    *(Case("accuracy", 1, Walls(images, 1), 1.5) for images in (300, 1500)),
    *(Case("auroc", 1, Walls(walls, 30), 1.0) for walls in (10, 20, 50)),
    *(Case("auroc", seeds, Walls(walls, 30, seed_spread=0.1), 1.0) for walls, seeds in ((20, 3), (50, 3), (50, 5))),
]


@dataclass(frozen=True)
class Outcome:
    """promised, found: now; formerly and found_formerly: by the rule before. none: share without a promise."""

    false_positives: float
    formerly: float
    found_formerly: float
    promised: float
    found: float
    none: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=200, help="of each case")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    arguments = parser.parse_args()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        outcomes = list(track(pool.map(simulated, CASES, [arguments.draws] * len(CASES)), total=len(CASES)))
    table = Table("metric", "seeds", "walls", "images", "true", "false\npositives", box=SIMPLE_HEAD)
    for title in ("before:\ngain", "found", "now:\ngain", "found", "no\npromise"):
        table.add_column(title, justify="right")
    for case, outcome in zip(CASES, outcomes, strict=True):
        walls = case.walls
        true = walls.true_figure(case.metric, case.skill)
        told = (f"{value:.3f}" for value in vars(outcome).values())
        table.add_row(case.metric, *map(str, (case.seeds, walls.walls, walls.images)), f"{true:.3f}", *told)
    Console(width=110).print(table)


def simulated(case: Case, draws: int) -> Outcome:
    random = np.random.default_rng(0)
    significant, formerly, found_formerly, promised, found = [], [], [], [], []
    for _ in range(draws):
        difference = compared(case, 0.0, random)
        significant.append(difference.p < SIGNIFICANCE)
        if difference.standard_error.is_known:
            formerly.append(former_gain(difference))
            found_formerly.append(finds(case, formerly[-1], random))
        detectable = difference.detectable(SIGNIFICANCE)
        if detectable is not None and detectable.gain is not None:
            promised.append(detectable.gain)
            found.append(finds(case, detectable.gain, random))
    none = 1 - len(promised) / draws
    return Outcome(mean(significant), mean(formerly), mean(found_formerly), mean(promised), mean(found), none)


def compared(case: Case, gain: float, random: np.random.Generator) -> Difference:
    """A comparison where the second is truly better by this gain."""
    better = case.walls.skill_for(case.metric, case.walls.true_figure(case.metric, case.skill) + gain)
    first, second = case.walls.settings([case.skill, better], case.seeds, random)
    bootstrap = Bootstrap(RESAMPLES, 0, [case.metric])
    if case.seeds > 1:
        return compare_settings(first, second, bootstrap)[case.metric]
    return compare_models(first[0], second[0], bootstrap)[case.metric]


def finds(case: Case, gain: float, random: np.random.Generator) -> bool:
    difference = compared(case, gain, random)
    return difference.value > 0 and difference.p < SIGNIFICANCE


def former_gain(difference: Difference) -> float:
    """E.g. Julious 2010, Sample Sizes for Clinical Trials, chapter 3."""
    error = difference.standard_error
    return (error.quantile(SIGNIFICANCE / 2) + error.quantile(1 - POWER)) * error.value


def mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


if __name__ == "__main__":
    main()
