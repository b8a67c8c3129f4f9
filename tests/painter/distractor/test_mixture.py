import numpy as np
import pytest

from crack_exp.painter import paint_patch
from crack_exp.painter.distractor.construction import joints
from crack_exp.painter.distractor.mixture import NAMES, OVER_THE_CRACK, UNDER_THE_CRACK, Distractor
from crack_exp.painter.surface.wall import Wall

CHANCES = UNDER_THE_CRACK | OVER_THE_CRACK


def smooth_wall(size_px: int) -> Wall:
    luminance = np.full((size_px, size_px), 0.5, np.float32)
    return Wall(luminance, np.array([1, 0], np.float32), np.ones(3, np.float32))


def test_all_hard_negatives_are_present() -> None:
    assert set(NAMES) == {
        *("boards", "joints", "ledge", "stains", "pores", "dents"),
        *("scratches", "marks", "cable", "other_material", "shadow"),
    }


@pytest.mark.parametrize("distractor", CHANCES)
def test_a_distractor_changes_the_wall_and_values_stay_valid(distractor: Distractor) -> None:
    marked = 0
    for seed in range(20):
        wall = smooth_wall(96)
        distractor(np.random.default_rng(seed), wall)
        picture = wall.coloured(np.ones((wall.size_px, wall.size_px), np.float32))
        assert picture.dtype == np.float32
        assert np.isfinite(picture).all()
        assert picture.min() >= -0.2 and picture.max() <= 1.6
        marked += np.abs(picture - 0.5).max() > 0.02
    assert marked >= 15


def test_a_joint_is_straight_and_crosses_the_patch() -> None:
    wall = smooth_wall(128)
    joints(np.random.default_rng(1), wall)
    touched = np.abs(wall.luminance - 0.5) > 0.02
    assert touched.any(axis=0).all() or touched.any(axis=1).all()


@pytest.mark.parametrize("label", ["intact", "structural"])
def test_distractors_are_equally_frequent_on_intact_and_cracked_walls(label: str) -> None:
    attributes = [paint_patch(seed, label, 32).attributes for seed in range(300)]
    for distractor, chance in CHANCES.items():
        rate = np.mean([one[distractor.__name__] for one in attributes])
        assert rate == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / 300)), distractor.__name__
