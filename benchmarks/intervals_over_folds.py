"""How often intervals over five folds hold, where the true mean is known.

    python benchmarks/intervals_over_folds.py --draws 500

A classifier (ridge regression on features, of which each of two halves is as good) is trained and tested in five folds
by wall, on 20 simulated walls that differ: one learns few features of alike walls, the other many of unlike walls, so
that it depends on which walls it learned from. An interval of the mean AUROC should hold the mean over ever new walls
in 95 % of the draws; an interval of the difference between the two halves should hold 0, and where it does not, that is
a false positive. Before: Student's t, as if folds were independent; now: with Nadeau and Bengio's correction.
"""

import argparse
from dataclasses import dataclass
from itertools import product

import numpy as np
from backbone_table import figure_of
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import rankdata

WALLS, FOLDS, VALIDATION_WALLS, RIDGE = 20, 5, 3, 1.0
OVERLAP = (WALLS // FOLDS) / (WALLS - WALLS // FOLDS - VALIDATION_WALLS)
"""Test images for each training image."""


@dataclass(frozen=True)
class Case:
    """images: of a wall; of_walls: how much features shift and matter differently on walls, in deviations of noise."""

    name: str
    features: int
    images: int
    signal: float
    of_walls: float


CASES = (Case("few features", 10, 60, 0.5, 0.7), Case("many features", 60, 20, 0.3, 2.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=500)
    arguments = parser.parse_args()
    table = Table("learner", "AUROC", "interval of", "before: holds", "now: holds", "wider by", box=SIMPLE_HEAD)
    for case in CASES:
        scores = drawn(case, arguments.draws)
        truth, differences = scores.mean(), scores[:, 1] - scores[:, 0]
        for title, values, true in (("mean", scores[:, 0], truth), ("difference", differences, 0.0)):
            held = (f"{share_held(values, overlap, true):.3f}" for overlap in (0.0, OVERLAP))
            table.add_row(case.name, f"{truth:.3f}", title, *held, f"{np.sqrt(1 + FOLDS * OVERLAP):.2f}")
    Console().print(table)


def drawn(case: Case, draws: int) -> np.ndarray:
    """(draws, 2, FOLDS) AUROC of both halves of the features."""
    random, of_fold = np.random.default_rng(0), np.arange(WALLS) % FOLDS
    halves = (slice(0, case.features // 2), slice(case.features // 2, case.features))
    scores = np.empty((draws, 2, FOLDS))
    for draw, fold in track(list(product(range(draws), range(FOLDS)))):
        if fold == 0:
            features, labels = images(case, random)
        test, train = of_fold == fold, np.flatnonzero(of_fold != fold)[VALIDATION_WALLS:]
        for half, columns in enumerate(halves):
            weights = fitted(features[train][..., columns], labels[train])
            scores[draw, half, fold] = auroc(features[test][..., columns] @ weights, labels[test])
    return scores


def images(case: Case, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(WALLS, images, features), and (WALLS, images) labels."""
    labels = np.tile(np.arange(case.images) % 2, (WALLS, 1))
    shift, matters = case.of_walls * random.normal(size=(2, WALLS, 1, case.features))
    noise = random.normal(size=(WALLS, case.images, case.features))
    return shift + (2 * labels[..., None] - 1) * case.signal * (1 + matters) + noise, labels


def fitted(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    columns = features.shape[-1]
    flat, sign = features.reshape(-1, columns), 2.0 * labels.ravel() - 1
    return np.asarray(np.linalg.solve(flat.T @ flat + RIDGE * np.eye(columns), flat.T @ sign))


def auroc(scores: np.ndarray, labels: np.ndarray) -> float:
    """As the sum of ranks of the cracks (Mann and Whitney)."""
    ranks, is_crack = rankdata(scores.ravel()), labels.ravel() == 1
    cracks = is_crack.sum()
    return float((ranks[is_crack].sum() - cracks * (cracks + 1) / 2) / (cracks * (len(ranks) - cracks)))


def share_held(values: np.ndarray, overlap: float, true: float) -> float:
    """values: (draws, FOLDS)."""
    intervals = [figure_of(one, overlap) for one in values]
    return float(np.mean([one.low <= true <= one.high for one in intervals]))


if __name__ == "__main__":
    main()
