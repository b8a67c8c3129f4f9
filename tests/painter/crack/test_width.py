import math

import numpy as np
import pytest

from crack_exp.painter import paint_patch
from crack_exp.painter.crack.width import PX_PER_MM, WIDTHS_MM, WIDTHS_PX, View, draw_view, view_attributes
from crack_exp.painter.surface.textures import REFERENCE_PX


def test_a_hairline_is_at_most_a_tenth_of_a_millimetre_wide() -> None:
    assert max(draw_view(np.random.default_rng(seed), "hairline").width_mm for seed in range(200)) <= 0.1


@pytest.mark.parametrize("kind", WIDTHS_MM)
def test_every_view_keeps_width_scale_and_apparent_width_in_range(kind: str) -> None:
    for seed in range(300):
        view = draw_view(np.random.default_rng(seed), kind)
        assert WIDTHS_MM[kind][0] <= view.width_mm <= WIDTHS_MM[kind][1] * 1.0001
        assert WIDTHS_PX[kind][0] * 0.9999 <= view.width_px <= WIDTHS_PX[kind][1] * 1.0001
        assert PX_PER_MM[0] <= view.px_per_mm <= PX_PER_MM[1]


def test_the_scale_is_larger_for_a_hairline_than_for_a_structural_crack() -> None:
    def median_scale(kind: str) -> float:
        return float(np.median([draw_view(np.random.default_rng(seed), kind).px_per_mm for seed in range(100)]))

    assert median_scale("hairline") > 3 * median_scale("structural")


def test_two_millimetres_at_three_pixels_per_millimetre_are_six_pixels() -> None:
    view = View(px_per_mm=3.0, width_mm=2.0)
    assert view.width_px == 6.0
    numbers = view_attributes(view, zoom=0.5)
    assert numbers["log10_px_per_mm"] == pytest.approx(math.log10(1.5))
    assert numbers["log10_width_mm"] == pytest.approx(math.log10(2.0))


@pytest.mark.parametrize("size_px", [96, 227, 320])
def test_the_scale_attribute_matches_the_size_of_the_patch(size_px: int) -> None:
    attributes = paint_patch(4, "structural", size_px).attributes
    width_px = 10 ** (attributes["log10_width_mm"] + attributes["log10_px_per_mm"])
    assert WIDTHS_PX["structural"][0] <= width_px * REFERENCE_PX / size_px <= WIDTHS_PX["structural"][1]
