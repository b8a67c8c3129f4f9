"""Differences are told from luck: by worked examples, and by how often chance alone is taken for one."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from crack_exp.evaluation.paired_tests import (
    Difference,
    accuracy_p,
    check_same_images,
    compare_models,
    compare_settings,
    holm_corrected,
)
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.standard_error import StandardError


def predictions(labels: np.ndarray, scores: np.ndarray, groups: list[str] | None = None) -> Predictions:
    """Of two classes, intact and crack; scores (N,): probability of a crack."""
    names = [f"{number:05}" for number in range(len(labels))]
    return Predictions(
        names=names,
        groups=groups or names,
        labels=np.asarray(labels),
        probabilities=np.stack([1 - scores, scores], axis=1),
        class_names=["intact", "crack"],
        intact=frozenset([0]),
    )


def right_where(right: np.ndarray, groups: list[str] | None = None) -> Predictions:
    """Cracks and intact images in turns, told right where `right` (N,) bool says so."""
    labels = np.arange(len(right)) % 2
    return predictions(labels, np.where(right, labels, 1 - labels) * 0.8 + 0.1, groups)


def table(both: int, first: int, second: int, neither: int) -> tuple[Predictions, Predictions]:
    """Two models by how many images both, one of them alone, and neither was right about."""
    counts = (both, first, second, neither)
    return right_where(np.repeat([True, True, False, False], counts)), right_where(
        np.repeat([True, False, True, False], counts)
    )


def test_mcnemar_as_in_a_textbook() -> None:
    """Agresti 2002, Categorical Data Analysis, section 10.1.1: 150 of 1,600 turned away, 86 came: z squared 17.36,
    a difference of -0.04 with the interval (-0.06, -0.02)."""
    first, second = table(794, 150, 86, 570)
    found = compare_models(first, second, resamples=2000, seed=0)["accuracy"]
    assert found.value == pytest.approx(-0.04)
    assert found.interval(0.95) == pytest.approx((-0.059, -0.021), abs=0.002)
    assert found.p == pytest.approx(2 * norm.sf(np.sqrt(17.36)), rel=0.25) and found.p < 5e-5
    assert found.p == pytest.approx(binomtest(86, 236).pvalue)


def test_two_mistakes_more_or_less_among_two_thousand_are_luck() -> None:
    """A saturated test set: 3 errors against 1 in 2,304, of which one is shared."""
    found = compare_models(*table(2301, 0, 2, 1), resamples=500, seed=0)["accuracy"]
    assert found.p == 0.5
    detectable = found.detectable(0.05)
    assert detectable is not None and 0.001 < detectable < 0.003


def test_the_same_model_twice_is_no_difference() -> None:
    one, _ = table(70, 10, 5, 15)
    for metric, found in compare_models(one, one, resamples=100, seed=0).items():
        assert (found.value, found.p, found.interval(0.95), found.detectable(0.05)) == (0, 1, None, None), metric


def test_tiles_of_one_photo_do_not_count_one_by_one() -> None:
    """Twelve images that the second model alone is right about: of twelve photos, or all of one."""
    first, second = np.repeat([True, False], (88, 12)), np.full(100, True)
    alone = [f"{number}" for number in range(100)]
    of_six = alone[:88] + [f"photo {number % 6}" for number in range(12)]
    of_one = alone[:88] + ["photo"] * 12
    ps = [
        accuracy_p(right_where(first, groups), right_where(second, groups), 0)[0] for groups in (alone, of_six, of_one)
    ]
    # All signs alike: two of 2 ** 12 flips, and of 2 ** 6; a single photo says nothing.
    assert ps == pytest.approx([2 / 2**12, 2 / 2**6, 1.0])


def noisy(labels: np.ndarray, noise: float, random: np.random.Generator) -> np.ndarray:
    """Scores in (0, 1) whose logits are off by `noise`."""
    return 1 / (1 + np.exp(-(2.0 * labels - 1 + noise * random.normal(size=len(labels)))))


def test_the_error_of_an_auroc_difference_is_delongs() -> None:
    """DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44, 837-845: an analytic way to the same."""
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2
    first, second = (predictions(labels, noisy(labels, noise, random)) for noise in (1.5, 1.0))
    found = compare_models(first, second, resamples=4000, seed=0)["auroc"]
    assert found.luck.standard_error == pytest.approx(delong_error(first, second), rel=0.06)


def delong_error(first: Predictions, second: Predictions) -> float:
    of_cracks, of_intact = [], []
    for one in (first, second):
        cracks, intact = one.crack_score[one.is_crack], one.crack_score[~one.is_crack]
        above = (cracks[:, None] > intact) + 0.5 * (cracks[:, None] == intact)
        of_cracks.append(above.mean(axis=1))
        of_intact.append(above.mean(axis=0))
    covariance = np.cov(of_cracks) / len(of_cracks[0]) + np.cov(of_intact) / len(of_intact[0])
    contrast = np.array([-1.0, 1.0])
    return float(np.sqrt(contrast @ covariance @ contrast))


def runs(
    seeds: int, shift: float, random: np.random.Generator, hard: np.ndarray, groups: list[str], seed_noise: float
) -> list[Predictions]:
    """Of one setting: images share how hard they are, groups as well, and each seed adds what it likes."""
    labels = np.arange(len(hard)) % 2
    found = []
    for _ in range(seeds):
        better = shift + seed_noise * random.normal()
        logits = (2 * labels - 1) * (1 + better) + hard + 0.3 * random.normal(size=len(hard))
        found.append(predictions(labels, 1 / (1 + np.exp(-logits)), groups))
    return found


@pytest.mark.parametrize("seed_noise", [0.0, 0.4])
def test_chance_alone_is_rarely_taken_for_a_better_setting(seed_noise: float) -> None:
    """Two settings that are the same, 100 times: about 5 % are called different, however much seeds differ."""
    random, called = np.random.default_rng(1), 0
    groups = [f"photo {number // 8}" for number in range(160)]
    for _ in range(100):
        hard = 1.5 * np.repeat(random.normal(size=20), 8) + random.normal(size=160)
        first, second = (runs(3, 0, random, hard, groups, seed_noise) for _ in range(2))
        called += compare_settings(first, second, resamples=50, seed=0)["auroc"].p < 0.05
    assert called <= 10


def test_a_setting_that_is_better_is_found() -> None:
    random = np.random.default_rng(2)
    groups = [f"photo {number // 8}" for number in range(400)]
    hard = np.repeat(random.normal(size=50), 8) + random.normal(size=400)
    first, second = (runs(4, shift, random, hard, groups, 0.05) for shift in (0, 1.0))
    found = compare_settings(first, second, resamples=200, seed=0)["auroc"]
    interval = found.interval(0.95)
    assert found.value > 0.05 and found.p < 0.01 and interval is not None and interval[0] > 0


def test_how_much_seeds_differ_counts() -> None:
    random = np.random.default_rng(3)
    groups = [f"{number}" for number in range(400)]
    hard = random.normal(size=400)
    steady, moody = (
        compare_settings(
            runs(3, 0, random, hard, groups, noise), runs(3, 0.3, random, hard, groups, noise), resamples=200, seed=0
        )["auroc"]
        for noise in (0.0, 0.5)
    )
    assert moody.luck.standard_error > 1.5 * steady.luck.standard_error
    assert (steady.luck.more, moody.luck.more) == ("test images", "seeds")


def test_two_seeds_are_too_few_for_a_word_on_settings() -> None:
    one, other = table(70, 10, 5, 15)
    with pytest.raises(ValueError, match="2 seeds: settings are told apart by at least 3 of each"):
        compare_settings([one, one], [other, other], resamples=10, seed=0)


def test_other_images_are_no_pairs() -> None:
    one, _ = table(70, 10, 5, 15)
    fewer = one.where(np.arange(100) < 80)
    with pytest.raises(ValueError, match=r"judged on different images \(100 and 80, 80 of them shared\)"):
        compare_models(one, fewer, resamples=10, seed=0)
    with pytest.raises(ValueError, match="judged on different images"):
        check_same_images([one, Predictions(**(vars(one) | {"labels": 1 - one.labels}))])
    with pytest.raises(ValueError, match="judged by different classes"):
        check_same_images([one, Predictions(**(vars(one) | {"class_names": ["sound", "crack"]}))])


def test_many_comparisons_are_corrected() -> None:
    """Holm's procedure by hand: the smallest of four times 4, the next times 3, and never less than the one before."""
    assert holm_corrected([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm_corrected([]) == []


def test_what_could_have_been_detected_is_found_four_times_in_five() -> None:
    """By the normal distribution: 1.96 + 0.84 standard errors."""
    difference = Difference("auroc", 0.9, 0.91, StandardError(0.0001, 1_000_000, 0.0, 1, 1_000_000), p=0.3, floor=0.0)
    assert difference.detectable(0.05) == pytest.approx(0.01 * (1.960 + 0.842), rel=1e-3)
    assert difference.interval(0.95) == pytest.approx((0.01 - 0.0196, 0.01 + 0.0196), rel=1e-3)


def test_auroc_is_not_told_where_all_cracks_lie_in_one_group() -> None:
    """Drawn anew, that group is there or not, but never another."""
    random, labels = np.random.default_rng(0), np.arange(60) // 30
    groups = ["cracked wall" if label else f"wall {number % 10}" for number, label in enumerate(labels)]
    one, other = (predictions(labels, random.random(60), groups) for _ in range(2))
    assert set(compare_models(one, other, resamples=50, seed=0)) == {"accuracy", "macro_f1", "loss"}


def test_a_single_group_tells_nothing_of_settings_however_seeds_agree() -> None:
    random, labels = np.random.default_rng(0), np.arange(60) % 2
    noise = [random.random(60) for _ in range(3)]
    first = [predictions(labels, 0.2 * one, ["wall"] * 60) for one in noise]
    second = [predictions(labels, 0.2 * one + 0.1 + 0.6 * labels, ["wall"] * 60) for one in noise]
    found = compare_settings(first, second, resamples=50, seed=0)
    assert found["loss"].value < -0.3 and found["loss"].p == 1.0 and found["loss"].interval(0.95) is None
