"""Names of classes: as typed, by value, by likeness."""

import pytest

from crack_exp.data.class_names import as_typed, nearest


@pytest.mark.parametrize(
    ("typed", "class_names", "meant"),
    [
        ("False", ["FALSE", "TRUE"], ["FALSE"]),
        ("True", ["false", "true"], ["true"]),
        ("False", ["no", "yes"], ["no"]),
        ("0", ["0.0", "1.0"], ["0.0"]),
        ("0.0", ["0", "1"], ["0"]),
        ("0", ["0", "0.0", "1"], ["0"]),
        ("7", ["007", "008"], ["007"]),
        ("1000.0", ["1e3", "2e3"], ["1e3"]),
        ("False", ["FALSE", "false", "TRUE"], ["FALSE", "false"]),
        ("False", ["0", "1"], []),
        ("negative", ["Negative", "Positive"], []),
        ("nan", ["NAN", "inf"], []),
    ],
)
def test_what_a_typed_name_stands_for(typed: str, class_names: list[str], meant: list[str]) -> None:
    assert as_typed(typed, class_names) == meant


def test_a_near_name_is_named() -> None:
    assert nearest("negative", ["Negative", "Positive"]) == ", did you mean 'Negative'?"
    assert nearest("uncraked", ["uncracked", "cracked"]) == ", did you mean 'uncracked'?"
    assert nearest("crackd", ["cracked", "intact"]) == ", did you mean 'cracked'?"


@pytest.mark.parametrize(
    ("typed", "class_names"),
    [("0", ["1.0", "2.0"]), ("uncracked", ["cracked", "sound"]), ("no_crack", ["crack", "sound"]), ("w", ["walls"])],
)
def test_what_means_the_contrary_is_never_suggested(typed: str, class_names: list[str]) -> None:
    assert nearest(typed, class_names) == ""
