"""Tests of all pairs of settings, and their correction."""

import numpy as np
import pytest

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.paired_tests import COMPARED
from crack_exp.evaluation.pairwise import Pair, compare_pairs
from crack_exp.evaluation.predictions import Predictions

COUNT = 240


def run(noise: float, seed: int, count: int = COUNT) -> Predictions:
    """A worse model for more noise; the six images of a photo have equal difficulty."""
    labels = np.arange(count) % 2
    random, hard = np.random.default_rng(seed), np.repeat(np.random.default_rng(9).normal(size=count // 6), 6)
    logits = 2 * (2 * labels - 1) + hard + noise * random.normal(size=count)
    scores = 1 / (1 + np.exp(-logits))
    return Predictions(
        names=[f"{number:04}" for number in range(count)],
        groups=[f"photo {number // 6}" for number in range(count)],
        labels=labels,
        probabilities=np.stack([1 - scores, scores], axis=1),
        class_names=["intact", "crack"],
        intact=frozenset([0]),
    )


def seeds(noise: float, *numbers: int) -> dict[str, Predictions]:
    return {str(number): run(noise, number) for number in numbers}


def pairs(**settings: dict[str, Predictions]) -> dict[tuple[str, str], Pair]:
    found = compare_pairs(settings, "auroc", Bootstrap(200, 0, COMPARED))
    return {(pair.first, pair.second): pair for pair in found}


def test_settings_of_three_seeds_are_tested() -> None:
    found = pairs(good=seeds(1, 1, 2, 3), same=seeds(1.02, 1, 2, 3), bad=seeds(6, 1, 2, 3))
    assert list(found) == [("good", "same"), ("good", "bad"), ("same", "bad")]
    assert all(pair.compares_settings for pair in found.values())
    assert {key for key, pair in found.items() if pair.p < 0.05} == {("good", "bad"), ("same", "bad")}
    assert all(found[key].differences["auroc"].value < 0 for key in (("good", "bad"), ("same", "bad")))


def test_p_values_are_corrected_for_all_pairs() -> None:
    two = pairs(good=seeds(1, 1, 2, 3), bad=seeds(6, 1, 2, 3))["good", "bad"]
    assert two.p == two.differences["auroc"].p
    three = pairs(good=seeds(1, 1, 2, 3), bad=seeds(6, 1, 2, 3), third=seeds(1.5, 1, 2, 3))["good", "bad"]
    assert three.p > three.differences["auroc"].p


def test_with_fewer_seeds_models_are_compared() -> None:
    found = pairs(good=seeds(1, 1, 2), bad=seeds(9, 1, 2))["good", "bad"]
    assert not found.compares_settings
    assert found.seeds == ["1", "2"] and found.p < 0.05
    better = pairs(bad=seeds(9, 1), good=seeds(1, 2))["bad", "good"]
    assert better.seeds == [] and better.p < 0.05 and better.differences["auroc"].value > 0


def test_runs_on_different_images_are_not_compared() -> None:
    found = pairs(one=seeds(1, 1), other={"1": run(1, 1, count=120)}, third=seeds(9, 1))
    refused = found["one", "other"]
    assert refused.differences == {} and refused.p == 1.0
    assert refused.refused.startswith("evaluated on different images (240 and 120, 120 of them shared)")
    assert found["one", "third"].p < 0.05


@pytest.mark.parametrize(("metric", "sign"), [("accuracy", -1), ("macro_f1", -1), ("loss", 1)])
def test_every_metric_is_tested(metric: str, sign: int) -> None:
    found = compare_pairs({"good": seeds(1, 1), "bad": seeds(9, 1)}, metric, Bootstrap(200, 0, COMPARED))
    assert found[0].p < 0.05 and np.sign(found[0].differences[metric].value) == sign
