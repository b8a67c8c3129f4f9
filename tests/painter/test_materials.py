import numpy as np
import pytest

from crack_exp.painter import CLASS_NAMES, MATERIALS, paint_patch


@pytest.mark.parametrize("material", [name for name in MATERIALS if name != "concrete"])
def test_a_requested_material_is_in_the_attributes(material: str) -> None:
    assert paint_patch(3, "intact", 64, material).attributes[material] == 1.0
    assert paint_patch(3, "intact", 64, "concrete").attributes[material] == 0.0


def test_materials_have_their_probabilities() -> None:
    painted = [paint_patch(seed, "intact", 32).attributes for seed in range(400)]
    for material, share in MATERIALS.items():
        if material != "concrete":
            assert np.mean([attributes[material] for attributes in painted]) == pytest.approx(share, abs=0.04)


def test_the_material_does_not_depend_on_the_class() -> None:
    for seed in range(12):
        materials = [paint_patch(seed, label, 48).attributes for label in CLASS_NAMES]
        assert len({(attributes["masonry"], attributes["stones"]) for attributes in materials}) == 1
