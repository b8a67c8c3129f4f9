"""How many groups make the differences between leaving out one and leaving out another."""

import numpy as np
import pytest

from crack_exp.evaluation.effective_groups import MOST_BLOCKS, degrees_of_freedom, without_each
from crack_exp.evaluation.metrics import METRICS
from tests.evaluation.test_bootstrap import random_predictions


def test_each_value_is_the_metric_of_the_other_groups() -> None:
    predictions = random_predictions(count=40, classes=3, images_per_group=8, seed=0)
    groups = np.array(predictions.groups)
    for name, values in without_each(predictions).items():
        expected = [METRICS[name](predictions.where(groups != group)) for group in np.unique(groups)]
        assert sorted(values) == pytest.approx(sorted(expected))


def test_many_groups_are_dealt_into_blocks() -> None:
    predictions = random_predictions(count=1000, classes=2, images_per_group=1, seed=0)
    values = without_each(predictions, ["loss"])
    assert values.keys() == {"loss"} and len(values["loss"]) == MOST_BLOCKS
    # Blocks of five images each: the mean of the losses without them is the mean of all.
    assert values["loss"].mean() == pytest.approx(METRICS["loss"](predictions))


@pytest.mark.parametrize(
    ("without", "freedom"),
    [
        ([0.1, -0.1] * 5, 10),  # all alike
        ([0.9] * 9 + [1.0], 0.9**2 / (0.9**4 + 9 * 0.1**4)),  # one makes all: 1.2, by hand
        ([0.5, np.nan, 0.5], 1),  # no difference is known
        ([], 1),
    ],
)
def test_degrees_of_freedom_by_hand(without: list[float], freedom: float) -> None:
    assert degrees_of_freedom(np.array(without)) == pytest.approx(freedom, rel=0.02)
