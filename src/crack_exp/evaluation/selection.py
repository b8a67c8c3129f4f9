"""How far the best of several settings flatters itself, and figures from which that is taken off.

The highest of several test figures is high by merit and by luck. If all settings were equal, it would be high by luck
alone: its expected excess is the flattery (winner's curse). Shrunken figures take off the expected luck of each: they
are drawn towards the mean of all settings, the more the less the settings differ beyond their errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.standard_error import StandardError

MIN_SHRUNKEN = 4
"""Settings: with fewer, James and Stein's estimate is the figure itself."""

DRAWS = 20_000
"""Of the luck of all settings: the mean of the best is then known to 1 %."""


@dataclass(frozen=True)
class Standing:
    """A setting's figure on test, the mean over its seeds.

    standard_error: over groups of test images and seeds; shrunken: the figure without its expected luck, None for
    fewer than MIN_SHRUNKEN settings.
    """

    figure: float
    standard_error: StandardError
    shrunken: float | None


@dataclass(frozen=True)
class Selection:
    """The standings of settings by name.

    flattery: by how much the best figure of as many equal settings is expected to be better than its true value, >= 0.
    has_seeds: whether any setting has several seeds. Without, the luck of seeds is not known, and flattery is too low.
    """

    standings: Mapping[str, Standing]
    flattery: float
    has_seeds: bool


def selection(settings: Mapping[str, Mapping[str, Predictions]], metric: str, bootstrap: Bootstrap) -> Selection | None:
    """The standings of two or more settings, {name: {seed: predictions}}, all of the same images.

    The luck of all settings is taken to be normal. Its covariance over test images is that of `bootstrap`, so what
    the settings share does not count; the variance over seeds is added, without what a seed does to all settings alike.
    None where the metric is undefined, or all images are of one group: the luck is then unknown.
    """
    runs = [np.array([METRICS[metric](one) for one in seeds.values()]) for seeds in settings.values()]
    first = next(iter(next(iter(settings.values())).values()))
    groups = len(set(first.groups))
    if groups < 2 or not all(np.isfinite(values).all() for values in runs):
        return None
    drawn = np.array(
        [np.mean([bootstrap.of(one)[metric] for one in seeds.values()], axis=0) for seeds in settings.values()]
    )
    of_images = np.cov(drawn[:, np.isfinite(drawn).all(axis=0)]) * groups / (groups - 1)
    of_seeds = _seed_variances(runs)
    figures = np.array([values.mean() for values in runs])
    luck = of_images + np.diag(of_seeds if _differ_in_seeds(settings) else own_seed_variances(np.array(runs)))
    shrunken = shrunken_figures(figures, luck)
    standings = {
        name: Standing(
            float(figures[index]),
            StandardError(float(of_images[index, index]), groups, of_seeds[index], len(runs[index]), len(first.names)),
            None if shrunken is None else float(shrunken[index]),
        )
        for index, name in enumerate(settings)
    }
    return Selection(standings, expected_best(luck, bootstrap.seed), any(len(values) > 1 for values in runs))


def shrunken_figures(figures: np.ndarray, luck: np.ndarray) -> np.ndarray | None:
    """(K,) figures drawn to their mean; luck: (K, K) covariance. None for K < MIN_SHRUNKEN.

    The positive-part estimator of James and Stein towards the mean (Efron and Morris 1975, J. Am. Stat. Assoc. 70,
    311-319), with the mean variance of luck.
    """
    count, mean = len(figures), figures.mean()
    if count < MIN_SHRUNKEN:
        return None
    variance = (np.trace(luck) - luck.sum() / count) / (count - 1)  # around the mean of all
    spread = np.sum((figures - mean) ** 2)
    share = max(0.0, 1 - (count - 3) * variance / spread) if spread > 0 else 0.0
    return np.asarray(mean + share * (figures - mean))


def expected_best(luck: np.ndarray, seed: int) -> float:
    """The expected highest of K equal settings above their true value; luck: (K, K) covariance."""
    drawn = np.random.default_rng(seed).multivariate_normal(np.zeros(len(luck)), luck, DRAWS, method="eigh")
    return float((drawn.max(axis=1) - drawn.mean(axis=1)).mean())


def _seed_variances(runs: Sequence[np.ndarray]) -> list[float]:
    """Of each setting's mean over seeds; of settings with one seed, by the mean variance of the others."""
    known = [float(values.var(ddof=1)) for values in runs if len(values) > 1]
    common = float(np.mean(known)) if known else 0.0
    return [float(values.var(ddof=1)) / len(values) if len(values) > 1 else common for values in runs]


def _differ_in_seeds(settings: Mapping[str, Mapping[str, Predictions]]) -> bool:
    """Whether it cannot be told what a seed does to all settings alike."""
    first, *others = (list(seeds) for seeds in settings.values())
    return len(first) < 2 or any(seeds != first for seeds in others)


def own_seed_variances(values: np.ndarray) -> list[float]:
    """Of each setting's mean of `values` (K, S), the variance over seeds that is its own: of what is left without the
    means of settings and of seeds."""
    settings, seeds = values.shape
    left = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    return [float((left**2).sum() / ((settings - 1) * (seeds - 1)) / seeds)] * settings
