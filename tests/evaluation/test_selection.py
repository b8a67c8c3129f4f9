"""The winner's curse: worked examples, and simulations of equal and of unequal settings."""

import numpy as np
import pytest

from crack_exp.evaluation.bootstrap import Bootstrap
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.selection import expected_best, own_seed_variances, selection, shrunken_figures

Settings = dict[str, dict[str, Predictions]]


def models(settings: int, seeds: int, random: np.random.Generator, skills: np.ndarray) -> Settings:
    """Of 120 images of 30 photos; skills: (settings,) the higher the better."""
    labels, names = np.arange(120) % 2, [f"{number}" for number in range(120)]
    hard = np.repeat(random.normal(size=30), 4) + 0.5 * random.normal(size=120)
    made: Settings = {}
    for number in range(settings):
        own = 0.7 * random.normal(size=120)
        for seed in range(seeds):
            logits = (2 * labels - 1) * skills[number] + hard + own + 0.3 * random.normal(size=120)
            scores = 1 / (1 + np.exp(-logits))
            rows = np.stack([1 - scores, scores], axis=1)
            groups = [f"photo {number // 4}" for number in range(120)]
            predictions = Predictions(names, groups, labels, rows, ["intact", "crack"], frozenset([0]))
            made.setdefault(f"setting {number}", {})[str(seed)] = predictions
    return made


def test_the_expected_best_of_independent_normal_settings() -> None:
    """By any table of order statistics: 0.5642, 1.0294 and 1.6292 deviations for the best of 2, 4 and 12."""
    for count, expected in ((2, 0.5642), (4, 1.0294), (12, 1.6292)):
        assert expected_best(0.01 * np.eye(count), seed=0) == pytest.approx(0.1 * expected, rel=0.02)


def test_luck_that_all_settings_share_does_not_flatter() -> None:
    """The same hard test images lower all figures alike."""
    assert expected_best(np.full((5, 5), 0.04), seed=0) == pytest.approx(0, abs=1e-6)
    figures = np.array([0.7, 0.8, 0.9, 0.8, 0.8])
    assert shrunken_figures(figures, np.full((5, 5), 0.04)) == pytest.approx(figures)


def test_figures_are_shrunken_as_by_hand() -> None:
    """Five figures with a sum of squares of 0.02, and luck of variance 0.0025: 1 - 2 * 0.0025 / 0.02 = 0.75 is left."""
    figures = np.array([0.7, 0.8, 0.9, 0.8, 0.8])
    assert shrunken_figures(figures, 0.0025 * np.eye(5)) == pytest.approx([0.725, 0.8, 0.875, 0.8, 0.8])
    assert shrunken_figures(figures, 0.04 * np.eye(5)) == pytest.approx([0.8] * 5), "all luck"
    assert shrunken_figures(figures[:3], np.eye(3)) is None, "too few settings"


def test_the_flattery_of_equal_settings_is_foretold() -> None:
    """Eight equal settings, 25 times: the best AUROC exceeds the mean by what was foretold."""
    random, excess, foretold, left = np.random.default_rng(0), [], [], []
    for _ in range(25):
        found = selection(models(8, 2, random, np.ones(8)), "auroc", Bootstrap(50, 0, ["auroc"]))
        assert found is not None and found.has_seeds
        figures = np.array([one.figure for one in found.standings.values()])
        best = max(found.standings.values(), key=lambda one: one.figure)
        excess.append(best.figure - figures.mean())
        foretold.append(found.flattery)
        assert best.shrunken is not None
        left.append(best.shrunken - figures.mean())
    assert np.mean(foretold) == pytest.approx(np.mean(excess), rel=0.2)
    assert np.mean(left) < 0.4 * np.mean(excess), "shrunken figures flatter far less"


def test_settings_that_differ_much_are_hardly_shrunken() -> None:
    found = selection(models(6, 2, np.random.default_rng(1), np.arange(6) * 0.4), "auroc", Bootstrap(200, 0, ["auroc"]))
    assert found is not None
    for one in found.standings.values():
        assert one.shrunken == pytest.approx(one.figure, abs=0.02)
        assert 0 < one.standard_error.value < 0.1 and one.standard_error.groups == 30


def test_one_seed_does_not_tell_the_luck_of_seeds() -> None:
    found = selection(models(4, 1, np.random.default_rng(2), np.ones(4)), "auroc", Bootstrap(100, 0, ["auroc"]))
    assert found is not None and not found.has_seeds


def test_images_of_one_group_tell_no_luck() -> None:
    one = models(2, 1, np.random.default_rng(3), np.ones(2))
    same = {name: {"0": Predictions(**(vars(seeds["0"]) | {"groups": ["wall"] * 120}))} for name, seeds in one.items()}
    assert selection(same, "auroc", Bootstrap(100, 0, ["auroc"])) is None


def test_what_a_seed_does_to_all_settings_is_no_luck() -> None:
    """By hand: two settings that a second seed raises by 2; and one of them by 2 and the other not, which leaves
    four residuals of a half, one degree of freedom and two seeds."""
    assert own_seed_variances(np.array([[1.0, 3.0], [2.0, 4.0]])) == [0.0, 0.0]
    assert own_seed_variances(np.array([[1.0, 3.0], [2.0, 2.0]])) == [0.5, 0.5]


def test_seeds_that_settings_do_not_share_count_in_full() -> None:
    made = models(4, 2, np.random.default_rng(4), np.ones(4))
    renamed = {name: {f"{name} {seed}": one for seed, one in seeds.items()} for name, seeds in made.items()}
    bootstrap = Bootstrap(100, 0, ["auroc"])
    shared, own = (selection(settings, "auroc", bootstrap) for settings in (made, renamed))
    assert shared is not None and own is not None and shared.flattery != own.flattery
    assert [one.standard_error for one in shared.standings.values()] == [
        one.standard_error for one in own.standings.values()
    ]
