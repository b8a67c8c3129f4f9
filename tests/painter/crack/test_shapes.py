import numpy as np
from scipy.ndimage import distance_transform_edt, label

from crack_exp.painter.crack.shapes import CRACKS
from crack_exp.painter.crack.width import draw_view

SIZE_PX = 227


def masks(kind: str, count: int) -> list[np.ndarray]:
    generators = [np.random.default_rng(seed) for seed in range(count)]
    return [CRACKS[kind](rng, SIZE_PX, draw_view(rng, kind).width_px, None) for rng in generators]


def widest_px(mask: np.ndarray) -> float:
    return 2 * float(distance_transform_edt(mask > 0.5).max())


def enclosed_areas(mask: np.ndarray) -> int:
    """The number of regions of at least 50 pixels into which the crack divides the patch."""
    pieces, _ = label(mask < 0.2)
    return int((np.bincount(pieces.ravel())[1:] >= 50).sum())


def test_every_kind_but_intact_has_a_shape() -> None:
    assert list(CRACKS) == ["hairline", "shrinkage", "settlement", "structural"]


def test_widths_rise_from_hairline_over_settlement_to_structural() -> None:
    kinds = ("hairline", "settlement", "structural")
    hairline, settlement, structural = (np.median([widest_px(mask) for mask in masks(kind, 20)]) for kind in kinds)
    assert hairline <= 3 < settlement <= 8 < structural


def test_a_crack_has_about_the_requested_width() -> None:
    for width_px in (4.0, 12.0):
        drawn = [widest_px(CRACKS["structural"](np.random.default_rng(s), SIZE_PX, width_px, None)) for s in range(20)]
        assert width_px <= np.median(drawn) <= 2.5 * width_px


def test_shrinkage_is_a_network_and_a_hairline_is_not() -> None:
    assert np.median([enclosed_areas(mask) for mask in masks("shrinkage", 20)]) >= 6
    assert np.median([enclosed_areas(mask) for mask in masks("hairline", 20)]) <= 3


def test_a_settlement_crack_is_one_piece_over_most_of_the_patch() -> None:
    for mask in masks("settlement", 20):
        pieces, _ = label(mask > 0.1, structure=np.ones((3, 3)))
        longest = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
        rows, columns = np.nonzero(longest)
        assert max(np.ptp(rows), np.ptp(columns)) > 0.5 * SIZE_PX
