"""The mapping of the painter's classes to the classes of the data."""

import pytest

from crack_exp.model.painted import map_painted_classes

KINDS = ("intact", "hairline", "shrinkage", "settlement", "structural")


def test_equal_names_are_mapped_in_any_order() -> None:
    assert map_painted_classes(KINDS, sorted(KINDS), {"intact"}) == {kind: kind for kind in KINDS}


def test_all_kinds_of_crack_are_mapped_to_the_one_class_of_cracks() -> None:
    classes = map_painted_classes(KINDS, ["Negative", "Positive"], {"Negative"})
    assert classes == {"intact": "Negative"} | dict.fromkeys(KINDS[1:], "Positive")


def test_a_single_kind_of_crack_in_the_data_is_the_class_of_cracks() -> None:
    classes = map_painted_classes(KINDS, ["hairline", "intact"], {"intact"})
    assert classes == {"intact": "intact"} | dict.fromkeys(KINDS[1:], "hairline")


@pytest.mark.parametrize(
    ("class_names", "intact"),
    [
        (["crack", "no crack", "spalling"], {"no crack"}),
        (["crack", "intact", "sound"], {"intact", "sound"}),
        (["hairline", "intact", "structural"], {"intact"}),
        ([*KINDS, "spalling"], {"intact"}),
    ],
)
def test_other_classes_are_refused_with_a_remedy(class_names: list[str], intact: set[str]) -> None:
    with pytest.raises(ValueError, match=r"^model\.head=painted: its classes are intact, hairline") as raised:
        map_painted_classes(KINDS, class_names, intact)
    assert f"those of the data {', '.join(class_names)};" in str(raised.value)
    assert "one class without cracks and one with" in str(raised.value)
