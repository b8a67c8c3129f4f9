"""Which classes mean "no crack"."""

import pytest

from crack_exp.data.intact_classes import choose_intact
from tests.composing import settings


@pytest.mark.parametrize("name", ["Negative", "no_crack", "NON-CRACKED", "Uncracked", "sound", "background"])
def test_common_names_are_recognised_in_any_spelling(name: str) -> None:
    assert choose_intact(["crack", name], None) == {name}


def test_several_classes_may_mean_no_crack() -> None:
    assert choose_intact(["hairline", "intact", "background"], None) == {"intact", "background"}


def test_a_named_class_has_priority_over_known_names() -> None:
    assert choose_intact(["joint", "intact", "crack"], ["joint", "intact"]) == {"joint", "intact"}
    assert choose_intact(["joint", "intact", "crack"], ["joint"]) == {"joint"}


def test_cracked_is_not_recognised_as_intact() -> None:
    with pytest.raises(ValueError, match=r"data.intact: none of the classes 'cracked', 'spalled'.*data.intact=\["):
        choose_intact(["cracked", "spalled"], None)


def test_a_class_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="no class 'negative', did you mean 'Negative'.*are 'Negative', 'Positive'"):
        choose_intact(["Negative", "Positive"], ["negative"])


def test_an_unknown_name_without_a_similar_class_is_refused() -> None:
    with pytest.raises(ValueError, match="no class 'walls'; the classes are"):
        choose_intact(["Negative", "Positive"], ["walls"])


def test_naming_no_class_is_refused() -> None:
    with pytest.raises(ValueError, match=r"data.intact: \[\] names no class"):
        choose_intact(["Negative", "Positive"], [])


@pytest.mark.parametrize("intact", [None, ["ok", "intact"]])
def test_not_every_class_can_mean_no_crack(intact: list[str] | None) -> None:
    with pytest.raises(ValueError, match="data.intact: every class"):
        choose_intact(["ok", "intact"], intact)


@pytest.mark.parametrize(
    ("class_names", "typed", "meant"),
    [
        (["FALSE", "TRUE"], "FALSE", "FALSE"),
        (["0.0", "1.0"], "0", "0.0"),
        (["007", "008"], "007", "007"),
        (["1e3", "2e3"], "1e3", "1e3"),
    ],
)
def test_a_class_is_known_by_its_name_as_typed_on_the_command_line(
    class_names: list[str], typed: str, meant: str
) -> None:
    data = settings("data=table", "data.path=x.csv", f"data.intact=[{typed}]").data
    assert choose_intact(class_names, data.intact) == {meant}


def test_where_two_classes_have_the_value_that_was_typed_quotes_are_asked_for() -> None:
    with pytest.raises(ValueError, match=r"""'False' may be 'FALSE' or 'false'; .*'data.intact=\["FALSE"\]'"""):
        choose_intact(["FALSE", "crack", "false"], ["False"])


def test_the_crack_class_is_not_suggested() -> None:
    with pytest.raises(ValueError, match="there is no class 'uncraked'; the classes are 'cracked', 'sound'$"):
        choose_intact(["cracked", "sound"], ["uncraked"])
