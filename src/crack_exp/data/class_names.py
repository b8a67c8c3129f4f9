"""Compares names of classes: as typed, by the value that YAML sees in them, and by their likeness."""

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

LIKENESS = 0.8
"""Of two names that one may have been typed for the other, from 0 to 1."""

TRUE, FALSE = ("true", "yes", "on"), ("false", "no", "off")
"""What YAML takes for truth values, in any case."""

NEGATIONS = re.compile(r"^(un|in|no|non|not|without)|free$")


def normalised(name: str) -> str:
    """Letters and digits in lower case, so that "No_Crack", "no-crack" and "no crack" are equal."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()


def as_typed(name: str, class_names: Sequence[str]) -> list[str]:
    """The classes that `name`, from the command line or from YAML, stands for: one as a rule.

    Hydra and YAML read FALSE as a truth value and 0 as a number, and give them on as the texts "False" and "0". So
    where no class has the very name, those of the same value are meant: "FALSE", or "0.0".
    """
    if name in class_names:
        return [name]
    value = _value(name)
    return [class_name for class_name in class_names if value is not None and _value(class_name) == value]


def nearest(name: str, class_names: Iterable[str]) -> str:
    """', did you mean NAME?' where a class is called alike, else "".

    Never 'cracked' for 'uncraked': they are alike, but one negates the other.
    """
    typed = normalised(name)
    by_spelling = {
        normalised(class_name): class_name
        for class_name in class_names
        if bool(NEGATIONS.search(normalised(class_name))) == bool(NEGATIONS.search(typed))
    }
    near = difflib.get_close_matches(typed, by_spelling, n=1, cutoff=LIKENESS)
    return f", did you mean '{by_spelling[near[0]]}'?" if near else ""


def _value(name: str) -> tuple[str, float] | None:
    """A truth value or a number, None for any other name."""
    small = name.lower()
    if small in TRUE + FALSE:
        return "truth", float(small in TRUE)
    try:
        number = float(name)
    except ValueError:
        return None
    return ("number", number) if math.isfinite(number) else None
