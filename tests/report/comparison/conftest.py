"""Three settings: the first two are alike, the third is worse."""

import pytest

from crack_exp.report.comparison.content import Comparison, Ranking
from tests.report.comparison.comparisons import comparison_of, ranking_of


@pytest.fixture(scope="session")
def ranking() -> Ranking:
    return ranking_of({"optimizer=adam": 1.0, "optimizer=nadam": 1.05, "optimizer=sgd": 8.0})


@pytest.fixture(scope="session")
def comparison(ranking: Ranking) -> Comparison:
    return comparison_of(ranking)


@pytest.fixture(scope="session")
def many() -> Ranking:
    """Twelve settings: the first ten are alike, two are worse."""
    noises = {f"training.dropout=0.{number:02}": 1.0 + number / 100 for number in range(10)}
    return ranking_of(noises | {"optimizer=sgd": 8.0, "optimizer=adadelta": 9.0}, seeds=1)
