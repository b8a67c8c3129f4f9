"""Paired tests: worked examples, and the rate of false positives in simulations."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.paired_tests import (
    COMPARED,
    Difference,
    check_same_images,
    compare_models,
    compare_settings,
    holm_corrected,
)
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.sign_flips import SignFlips
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


def correct_where(correct: np.ndarray, groups: list[str] | None = None) -> Predictions:
    """Cracks and intact images in turns, classified correctly where `correct` (N,) bool is true."""
    labels = np.arange(len(correct)) % 2
    return predictions(labels, np.where(correct, labels, 1 - labels) * 0.8 + 0.1, groups)


def table(both: int, first: int, second: int, neither: int) -> tuple[Predictions, Predictions]:
    """Two models, from the numbers of images that both, one of them, or neither classify correctly."""
    counts = (both, first, second, neither)
    return correct_where(np.repeat([True, True, False, False], counts)), correct_where(
        np.repeat([True, False, True, False], counts)
    )


def test_mcnemars_test_of_a_textbook() -> None:
    """Agresti 2002, Categorical Data Analysis, section 10.1.1: 150 and 86 of 1,600 changed: z squared 17.36,
    a difference of -0.04 with the interval (-0.06, -0.02)."""
    first, second = table(794, 150, 86, 570)
    found = compare_models(first, second, Bootstrap(2000, 0, COMPARED))["accuracy"]
    assert found.value == pytest.approx(-0.04)
    assert found.interval(0.95) == pytest.approx((-0.059, -0.021), abs=0.002)
    assert found.p == pytest.approx(2 * norm.sf(np.sqrt(17.36)), rel=0.25) and found.p < 5e-5
    assert found.p == pytest.approx(binomtest(86, 236).pvalue)


def test_two_more_errors_in_two_thousand_images_are_not_significant() -> None:
    """A saturated test set: 3 errors against 1 in 2,304, of which one is shared."""
    found = compare_models(*table(2301, 0, 2, 1), Bootstrap(500, 0, COMPARED))["accuracy"]
    assert found.p == 0.5
    detectable = found.detectable(0.05)
    assert detectable is not None and detectable.gain is None, "a perfect model would gain 2 images"
    assert detectable.room == pytest.approx(2 / 2304) and detectable.power_at_room < 0.1


def test_a_model_does_not_differ_from_itself() -> None:
    one, _ = table(70, 10, 5, 15)
    for metric, found in compare_models(one, one, Bootstrap(100, 0, COMPARED)).items():
        assert (found.value, found.p, found.interval(0.95)) == (0, 1, None), metric


def test_tiles_of_one_photo_are_not_independent() -> None:
    """Twelve images that only the second model classifies correctly: of twelve photos, of six, or of one."""
    first, second = np.repeat([True, False], (88, 12)), np.full(100, True)
    alone = [f"{number}" for number in range(100)]
    of_six = alone[:88] + [f"photo {number % 6}" for number in range(12)]
    of_one = alone[:88] + ["photo"] * 12
    ps = [
        SignFlips.of(correct_where(first, groups), correct_where(second, groups)).p
        for groups in (alone, of_six, of_one)
    ]
    # All signs are equal: two of 2 ** 12 permutations, and of 2 ** 6; a single photo cannot be tested.
    assert ps == pytest.approx([2 / 2**12, 2 / 2**6, 1.0])


def noisy(labels: np.ndarray, noise: float, random: np.random.Generator) -> np.ndarray:
    """Scores in (0, 1) whose logits have noise of this standard deviation."""
    return 1 / (1 + np.exp(-(2.0 * labels - 1 + noise * random.normal(size=len(labels)))))


def test_the_standard_error_of_an_auroc_difference_is_delongs() -> None:
    """DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44, 837-845: an analytic formula."""
    random = np.random.default_rng(0)
    labels = np.arange(400) % 2
    first, second = (predictions(labels, noisy(labels, noise, random)) for noise in (1.5, 1.0))
    found = compare_models(first, second, Bootstrap(4000, 0, COMPARED))["auroc"]
    assert found.standard_error.value == pytest.approx(delong_error(first, second), rel=0.06)


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
    """Runs of one setting. hard: (N,) the common difficulty of each image; each seed adds noise."""
    labels = np.arange(len(hard)) % 2
    found = []
    for _ in range(seeds):
        better = shift + seed_noise * random.normal()
        logits = (2 * labels - 1) * (1 + better) + hard + 0.3 * random.normal(size=len(hard))
        found.append(predictions(labels, 1 / (1 + np.exp(-logits)), groups))
    return found


@pytest.mark.parametrize("seed_noise", [0.0, 0.4])
def test_equal_settings_are_rarely_significantly_different(seed_noise: float) -> None:
    """Two equal settings, 100 times: about 5 % are significant, for any variance between seeds."""
    random, significant = np.random.default_rng(1), 0
    groups = [f"photo {number // 8}" for number in range(160)]
    for _ in range(100):
        hard = 1.5 * np.repeat(random.normal(size=20), 8) + random.normal(size=160)
        first, second = (runs(3, 0, random, hard, groups, seed_noise) for _ in range(2))
        significant += compare_settings(first, second, Bootstrap(50, 0, COMPARED))["auroc"].p < 0.05
    assert significant <= 10


def test_a_better_setting_is_significant() -> None:
    random = np.random.default_rng(2)
    groups = [f"photo {number // 8}" for number in range(400)]
    hard = np.repeat(random.normal(size=50), 8) + random.normal(size=400)
    first, second = (runs(4, shift, random, hard, groups, 0.05) for shift in (0, 1.0))
    found = compare_settings(first, second, Bootstrap(200, 0, COMPARED))["auroc"]
    interval = found.interval(0.95)
    assert found.value > 0.05 and found.p < 0.01 and interval is not None and interval[0] > 0


def test_variance_between_seeds_widens_the_standard_error() -> None:
    random = np.random.default_rng(3)
    groups = [f"{number}" for number in range(400)]
    hard = random.normal(size=400)
    steady, varied = (
        compare_settings(
            runs(3, 0, random, hard, groups, noise),
            runs(3, 0.3, random, hard, groups, noise),
            Bootstrap(200, 0, COMPARED),
        )["auroc"]
        for noise in (0.0, 0.5)
    )
    assert varied.standard_error.value > 1.5 * steady.standard_error.value
    assert (steady.standard_error.limited_by, varied.standard_error.limited_by) == ("test images", "seeds")


def test_two_seeds_are_too_few_to_test_settings() -> None:
    one, other = table(70, 10, 5, 15)
    with pytest.raises(ValueError, match="2 seeds: a test of two settings needs at least 3 of each"):
        compare_settings([one, one], [other, other], Bootstrap(10, 0, COMPARED))


def test_different_images_are_not_compared() -> None:
    one, _ = table(70, 10, 5, 15)
    fewer = one.where(np.arange(100) < 80)
    with pytest.raises(ValueError, match=r"evaluated on different images \(100 and 80, 80 of them shared\)"):
        compare_models(one, fewer, Bootstrap(10, 0, COMPARED))
    with pytest.raises(ValueError, match="evaluated on different images"):
        check_same_images([one, Predictions(**(vars(one) | {"labels": 1 - one.labels}))])
    with pytest.raises(ValueError, match="evaluated with different classes"):
        check_same_images([one, Predictions(**(vars(one) | {"class_names": ["sound", "crack"]}))])


def test_several_p_values_are_corrected() -> None:
    """Holm's procedure by hand: the smallest of four times 4, the next times 3, and at least the one before."""
    assert holm_corrected([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm_corrected([]) == []


def test_the_smallest_detectable_gain_has_a_power_of_80_percent() -> None:
    """By the normal distribution: 1.96 + 0.84 standard errors."""
    difference = Difference("auroc", 0.9, 0.91, StandardError(0.0001, 1_000_000, 0.0, 1, 1_000_000), flips=None)
    detectable = difference.detectable(0.05)
    assert detectable is not None and detectable.gain == pytest.approx(0.01 * (1.960 + 0.842), rel=0.01)
    assert detectable.room == pytest.approx(0.095) and detectable.power_at_room > 0.99
    assert difference.interval(0.95) == pytest.approx((0.01 - 0.0196, 0.01 + 0.0196), rel=1e-3)


def test_a_gain_beyond_the_perfect_model_is_not_promised() -> None:
    """At an AUROC of 0.98 only 0.02 can be gained: two standard errors, which are found about every other time."""
    error = StandardError(0.0001, 1_000_000, 0.0, 1, 1_000_000)
    for difference in (Difference("auroc", 0.98, 0.98, error, None), Difference("loss", 0.02, 0.02, error, None)):
        detectable = difference.detectable(0.05)
        assert detectable is not None and detectable.gain is None and detectable.room == pytest.approx(0.02)
        assert detectable.power_at_room == pytest.approx(norm.cdf(2 - 1.96), abs=0.01)


def test_auroc_is_not_tested_where_all_cracks_are_in_one_group() -> None:
    """The bootstrap cannot vary a single group."""
    random, labels = np.random.default_rng(0), np.arange(60) // 30
    groups = ["cracked wall" if label else f"wall {number % 10}" for number, label in enumerate(labels)]
    one, other = (predictions(labels, random.random(60), groups) for _ in range(2))
    assert set(compare_models(one, other, Bootstrap(50, 0, COMPARED))) == {"accuracy", "macro_f1", "loss"}


def test_settings_are_not_tested_on_a_single_group_of_images() -> None:
    random, labels = np.random.default_rng(0), np.arange(60) % 2
    noise = [random.random(60) for _ in range(3)]
    first = [predictions(labels, 0.2 * one, ["wall"] * 60) for one in noise]
    second = [predictions(labels, 0.2 * one + 0.1 + 0.6 * labels, ["wall"] * 60) for one in noise]
    found = compare_settings(first, second, Bootstrap(50, 0, COMPARED))
    assert found["loss"].value < -0.3 and found["loss"].p == 1.0 and found["loss"].interval(0.95) is None
