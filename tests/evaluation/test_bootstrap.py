"""Weighted metrics against scikit-learn on repeated images."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import t

from crack_exp.evaluation import bootstrap
from crack_exp.evaluation.bootstrap import RESAMPLED, draw_weights, members_of, resample, resampled_interval
from crack_exp.evaluation.effective_groups import without_each
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.predictions import Predictions


def random_predictions(count: int, classes: int, images_per_group: int, seed: int) -> Predictions:
    """Probabilities with a higher mean for the label, rounded so that scores tie."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    scores = random.dirichlet(np.ones(classes), count) + np.eye(classes)[labels] * 0.5
    probabilities = np.round(scores / scores.sum(axis=1, keepdims=True) * 16 + 0.5) / 16
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    names = [f"{index}.jpg" for index in range(count)]
    groups = [f"wall {index // images_per_group}" for index in range(count)]
    return Predictions(names, groups, labels, probabilities, list("abcde")[:classes], frozenset({0}))


def repeated(predictions: Predictions, times: np.ndarray) -> Predictions:
    chosen = np.repeat(np.arange(len(times)), times.astype(int))
    pick = [predictions.names[index] for index in chosen]
    rows, labels = predictions.probabilities[chosen], predictions.labels[chosen]
    return Predictions(pick, pick, labels, rows, predictions.class_names, predictions.intact)


@pytest.mark.parametrize("name", ["loss", "accuracy", "macro_f1", "auroc", "average_precision"])
@pytest.mark.parametrize("classes", [2, 5])
def test_a_weighted_metric_is_the_metric_of_repeated_images(name: str, classes: int) -> None:
    predictions = random_predictions(count=60, classes=classes, images_per_group=4, seed=1)
    weights = draw_weights(members_of(predictions.groups), 20, np.random.default_rng(2))
    expected = [METRICS[name](repeated(predictions, times)) for times in weights]
    assert RESAMPLED[name](predictions, weights) == pytest.approx(expected)


def test_groups_are_drawn_as_a_whole() -> None:
    weights = draw_weights(members_of(["a", "b", "a", "c", "c"]), 100, np.random.default_rng(0))
    assert (weights[:, 0] == weights[:, 2]).all() and (weights[:, 3] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_many_images_are_weighted_in_parts_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    predictions = random_predictions(count=120, classes=3, images_per_group=2, seed=4)
    at_once = [resample(predictions, 70, seed=1), without_each(predictions)]
    parts, loss = list[int](), RESAMPLED["loss"]

    def counted(of: Predictions, weights: np.ndarray) -> np.ndarray:
        parts.append(len(weights))
        return loss(of, weights)

    monkeypatch.setitem(RESAMPLED, "loss", counted)
    monkeypatch.setattr(bootstrap, "WEIGHTS_AT_ONCE", 120 * 7 + 3)
    for before, after in zip(at_once, [resample(predictions, 70, seed=1), without_each(predictions)], strict=True):
        for name, values in before.items():
            assert after[name] == pytest.approx(values, rel=1e-12)
    assert parts == [7] * 10 + [7] * 8 + [4]  # 70 resamples; 60 groups, one left out in each


def test_resamples_without_cracks_are_ignored() -> None:
    rows = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    names, labels = list("abc"), np.array([0, 0, 1])
    one_crack = Predictions(names, names, labels, rows, ["intact", "crack"], frozenset({0}))
    drawn = resample(one_crack, resamples=200, seed=0)["auroc"]
    # (2/3)^3 = 30 % of the resamples are without the crack; 1 of 27 has nothing else.
    assert np.isnan(drawn).mean() == pytest.approx(8 / 27 + 1 / 27, abs=0.1)
    interval = resampled_interval("auroc", 0.5, drawn, groups=3, freedom=2, confidence=0.95)
    assert interval is not None and np.isfinite(interval).all()


def test_the_same_seed_gives_the_same_resamples() -> None:
    predictions = random_predictions(count=30, classes=3, images_per_group=3, seed=0)
    first, again, other = (resample(predictions, 120, seed)["loss"] for seed in (7, 7, 8))
    assert len(first) == 120 and (first == again).all() and (first != other).any()


def test_the_interval_is_that_of_student_on_a_scale_without_ends() -> None:
    drawn = np.array([0.79, 0.81] * 50)  # a standard deviation of 0.01, of 5 groups: times the root of 5/4
    reach = t.isf(0.025, 4) * 0.01 * np.sqrt(5 / 4)
    low, high = resampled_interval("macro_f1", 0.8, drawn, groups=5, freedom=4, confidence=0.95) or (0, 0)
    assert (low, high) == pytest.approx((expit(np.log(4) - reach / 0.16), expit(np.log(4) + reach / 0.16)))
    low, high = resampled_interval("loss", 0.8, drawn, groups=5, freedom=4, confidence=0.95) or (0, 0)
    assert (low, high) == pytest.approx((0.8 * np.exp(-reach / 0.8), 0.8 * np.exp(reach / 0.8)))


def test_an_interval_near_the_end_reaches_further_to_the_middle() -> None:
    """One wall of 50 makes all errors: others may be worse, and none can be better than perfect."""
    drawn = 1 - 0.001 * np.random.default_rng(0).poisson(1, 1_000)
    low, high = resampled_interval("average_precision", 0.999, drawn, groups=50, freedom=49, confidence=0.95) or (0, 0)
    assert 0.99 < low < 0.997 < 0.9998 < high < 1


def test_equal_resamples_have_no_interval() -> None:
    assert resampled_interval("macro_f1", 1.0, np.ones(100), groups=50, freedom=49, confidence=0.95) is None
    assert resampled_interval("auroc", 0.5, np.full(100, np.nan), groups=50, freedom=49, confidence=0.95) is None
