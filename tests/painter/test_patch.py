import hashlib
import subprocess
import sys

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from crack_exp.painter import ATTRIBUTES, CLASS_NAMES, Patch, paint_patch

CRACKED = [label for label in CLASS_NAMES if label != "intact"]


def crack_and_surround(patch: Patch, reach_px: int) -> tuple[float, float]:
    """Median brightness of the crack, and of a ring of width `reach_px` around it."""
    crack = patch.crack_mask >= 0.8 * patch.crack_mask.max()
    near = binary_dilation(patch.crack_mask > 0, iterations=2)
    ring = binary_dilation(near, iterations=reach_px) & ~near
    brightness = patch.pixels.mean(axis=2)
    return float(np.median(brightness[crack])), float(np.median(brightness[ring]))


@pytest.mark.parametrize("label", CLASS_NAMES)
def test_the_same_seed_paints_the_same_bytes_whatever_was_painted_before(label: str) -> None:
    first = paint_patch(7, label, 96)
    paint_patch(8, "structural", 64)
    again = paint_patch(7, label, 96)
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert first.crack_mask.tobytes() == again.crack_mask.tobytes()


def test_a_fresh_process_paints_the_same_bytes() -> None:
    code = (
        "import hashlib; from crack_exp.painter import paint_patch;"
        "print(hashlib.sha256(paint_patch(3, 'shrinkage', 96).pixels.tobytes()).hexdigest())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == hashlib.sha256(paint_patch(3, "shrinkage", 96).pixels.tobytes()).hexdigest()


def test_seeds_and_labels_give_different_paintings() -> None:
    paintings = {paint_patch(seed, label, 64).pixels.tobytes() for seed in range(5) for label in CLASS_NAMES}
    assert len(paintings) == 25


def test_attempts_of_different_seeds_differ() -> None:
    near, far = ({paint_patch(seed + n, "hairline", 32).pixels.tobytes() for n in range(40)} for seed in (0, 2**32))
    assert len(near | far) == 80


@pytest.mark.parametrize("size_px", [32, 160, 227, 300])
def test_a_patch_has_the_size_asked_for(size_px: int) -> None:
    patch = paint_patch(1, "settlement", size_px)
    assert patch.pixels.shape == (size_px, size_px, 3)
    assert patch.pixels.dtype == np.uint8
    assert patch.crack_mask.shape == (size_px, size_px)
    assert patch.crack_mask.dtype == np.uint8
    assert patch.label == "settlement"


def test_an_intact_patch_has_no_crack() -> None:
    assert not any(paint_patch(seed, "intact", 96).crack_mask.any() for seed in range(20))


@pytest.mark.parametrize("label", CLASS_NAMES)
def test_every_patch_has_all_attributes_and_those_of_a_crack_are_0_if_intact(label: str) -> None:
    attributes = paint_patch(3, label, 64).attributes
    assert tuple(attributes) == ATTRIBUTES
    assert (attributes["crack_depth"] == attributes["log10_px_per_mm"] == 0) == (label == "intact")


@pytest.mark.parametrize("label", CRACKED)
def test_every_crack_is_well_inside_its_patch(label: str) -> None:
    for seed in range(40):
        inside = paint_patch(seed, label, 227).crack_mask[23:-23, 23:-23] > 60
        assert max(inside.any(axis=0).sum(), inside.any(axis=1).sum()) >= 45, seed


@pytest.mark.parametrize("label", CRACKED)
def test_a_crack_is_darker_than_the_concrete_around_it(label: str) -> None:
    # Except for a few that are filled with lime, or under a cable or the edge of a shadow.
    pairs = [crack_and_surround(paint_patch(seed, label, 227), reach_px=6) for seed in range(40)]
    assert np.mean([crack < surround - 2 for crack, surround in pairs]) >= 0.85


def test_structural_cracks_are_much_darker_and_wider_than_hairlines() -> None:
    def darkness_and_share(label: str) -> tuple[float, float]:
        patches = [paint_patch(seed, label, 227) for seed in range(30)]
        ratios = [crack / surround for crack, surround in (crack_and_surround(patch, 6) for patch in patches)]
        shares = [patch.crack_mask.mean() / 255 for patch in patches]
        return float(np.median(ratios)), float(np.median(shares))

    hairline_ratio, hairline_share = darkness_and_share("hairline")
    structural_ratio, structural_share = darkness_and_share("structural")
    assert structural_ratio < 0.5 < hairline_ratio
    assert structural_share > 4 * hairline_share


def test_a_patch_of_half_the_size_has_the_same_statistics() -> None:
    # Crack widths are shares of the patch, not pixels.
    large, small = (paint_patch(5, "structural", size_px).crack_mask.mean() for size_px in (320, 160))
    assert small == pytest.approx(large, rel=0.05)
