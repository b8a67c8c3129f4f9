"""How many groups of images make the differences that an interval is computed from.

Of ten walls, one may carry most errors. The variance between walls is then that of one wall, and nearly unknown: an
interval by Student's quantile for ten walls would be too narrow.
"""

from collections.abc import Sequence

import numpy as np

from crack_exp.evaluation.bootstrap import RESAMPLED, members_of, rows_at_once, weighted
from crack_exp.evaluation.predictions import Predictions

MOST_BLOCKS = 200
"""More groups than this are dealt into so many blocks at random (Kott 2001, Journal of Official Statistics 17, 521)."""

LEAST = 1.0


def without_each(predictions: Predictions, metrics: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """{name: (B,)} of `metrics`, or of all in RESAMPLED, each value without the images of one group, or one block.

    NaN where what is left leaves a metric undefined. Of one group: of no value.
    """
    members = members_of(predictions.groups)
    groups = int(members.max()) + 1
    if groups == 1:
        return {name: np.empty(0) for name in metrics or RESAMPLED}
    count, at_once = min(groups, MOST_BLOCKS), rows_at_once(len(members))
    block = (np.random.default_rng(0).permutation(groups) % count)[members]
    left_out = np.array_split(np.arange(count), range(at_once, count, at_once))
    return weighted(predictions, ((block != some[:, None]).astype(np.float64) for some in left_out), metrics)


def degrees_of_freedom(without: np.ndarray) -> float:
    """Of Student's quantile, by the values (B,) of `without_each`; NaN are ignored.

    With deviations d from their mean, (sum of d^2)^2 / (sum of d^4), at least 1: the number of groups if these deviate
    alike, 1 where one group makes all. Of normal deviations it is a third of B, which makes up for what a few groups do
    not show of others. By simulation (docs/statistics.md) the intervals hold with it, and do not with B - 1.
    """
    deviations = without[np.isfinite(without)]
    squares = (deviations - deviations.mean()) ** 2 if len(deviations) else deviations
    fourth = float((squares**2).sum())
    return max(float(squares.sum()) ** 2 / fourth, LEAST) if fourth > 0 else LEAST
