import numpy as np
import pytest

from crack_exp.painter import CLASS_NAMES, paint_patch
from crack_exp.painter.crack.visibility import MAX_CELLS, crack_cells, is_visible

SIZE_PX = 160


def photograph(crack_grey: float, noise: float, *, slope: float = 0.0) -> np.ndarray:
    """A vertical crack two pixels wide on grey 150, darker by `crack_grey`, with noise and a gradient of light."""
    rng = np.random.default_rng(0)
    grey = 150 + rng.normal(0, noise, (SIZE_PX, SIZE_PX)) + slope * np.linspace(-1, 1, SIZE_PX)
    grey[:, 80:82] -= crack_grey
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def crack(rows: int = SIZE_PX, column: int = 80) -> np.ndarray:
    mask = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    mask[:rows, column : column + 2] = 255
    return mask


def test_a_step_of_thirty_levels_in_noise_of_ten_is_three_deviations() -> None:
    step, contrast, there = crack_cells(photograph(30, 10), crack(), depth=0.25)
    assert there.sum() == MAX_CELLS  # one of each row
    assert step[there].mean() == pytest.approx(30, rel=0.03)
    assert contrast[there].mean() == pytest.approx(3.0, rel=0.15)


def test_a_clear_crack_is_visible_and_one_hidden_by_noise_is_not() -> None:
    assert is_visible(photograph(30, 5), crack(), depth=0.2)
    assert not is_visible(photograph(30, 50), crack(), depth=0.2)


def test_a_very_small_step_is_invisible_even_on_a_smooth_wall() -> None:
    assert not is_visible(photograph(6, 1), crack(), depth=0.04)
    assert is_visible(photograph(15, 1), crack(), depth=0.1)


def test_a_crack_in_an_equally_dark_joint_is_invisible() -> None:
    # The joint differs from the wall beside it, but the crack changes little.
    assert not is_visible(photograph(60, 5), crack(), depth=0.05)


def test_a_light_gradient_does_not_hide_a_crack() -> None:
    even, sloping = (crack_cells(photograph(30, 5, slope=slope), crack(), 0.25)[1].max() for slope in (0, 60))
    assert sloping == pytest.approx(even, rel=0.15)


def test_a_dark_line_is_not_a_lighter_crack() -> None:
    assert not is_visible(photograph(30, 5), crack(), depth=-0.3)
    assert is_visible(photograph(-30, 5), crack(), depth=-0.3)


def test_a_crack_visible_in_too_few_cells_is_invisible() -> None:
    network = np.zeros((SIZE_PX, SIZE_PX), np.uint8)
    network[:, 10:-10:25] = 255  # six lines, of which the photograph shows one
    network[:, 80:82] = 255
    assert not is_visible(photograph(30, 5), network, depth=0.2)


def test_a_short_crack_or_one_at_the_border_is_invisible() -> None:
    assert not is_visible(photograph(30, 5), crack(column=4), depth=0.2)
    assert not is_visible(photograph(30, 5), crack(rows=40), depth=0.2)
    assert is_visible(photograph(30, 5), crack(rows=60), depth=0.2)


@pytest.mark.parametrize("label", [name for name in CLASS_NAMES if name != "intact"])
@pytest.mark.parametrize("size_px", [32, 64, 160])
def test_every_painting_labelled_as_crack_shows_a_visible_crack(label: str, size_px: int) -> None:
    for seed in range(25):
        patch = paint_patch(seed, label, size_px)
        assert is_visible(patch.pixels, patch.crack_mask, patch.attributes["crack_depth"]), seed
