"""Determines which classes mean "no crack"."""

import difflib
import re

from crack_exp.system.errors import UserError

RECOGNISED = frozenset(
    "intact negative uncracked noncracked notcracked nocrack nocracks noncrack withoutcrack withoutcracks"
    " crackfree background sound ok good normal undamaged nodamage healthy nodefect".split()
)


def choose_intact(class_names: list[str], intact: list[str] | None) -> frozenset[str]:
    """The classes that mean "no crack": those in `intact`, or if it is None, those with a known name.

    Known names (intact, negative, uncracked, no_crack, non-cracked, background, sound, ok, normal, ...) are
    recognised with any case and separators. Raises UserError naming data.intact if a named class does not exist, none
    is recognised, or all classes mean "no crack".
    """
    chosen = _recognised(class_names) if intact is None else _named(class_names, intact)
    if chosen == set(class_names):
        raise UserError(
            f"data.intact: every class ({_listed(class_names)}) means 'no crack'; leave out those that show cracks"
        )
    return chosen


def _named(class_names: list[str], intact: list[str]) -> frozenset[str]:
    if not intact:
        raise UserError(f"data.intact: [] names no class; name at least one of {_listed(class_names)}")
    for name in intact:
        if name not in class_names:
            raise UserError(
                f"data.intact: there is no class {name!r}{_nearest(name, class_names)}; "
                f"the classes are {_listed(class_names)}"
            )
    return frozenset(intact)


def _recognised(class_names: list[str]) -> frozenset[str]:
    chosen = frozenset(name for name in class_names if _normalised(name) in RECOGNISED)
    if not chosen:
        raise UserError(
            f"data.intact: none of the classes {_listed(class_names)} has a known name for 'no crack'; "
            "name those that mean it: data.intact=[NAME]"
        )
    return chosen


def _normalised(name: str) -> str:
    """Letters and digits in lower case, so that "No_Crack", "no-crack" and "no crack" are equal."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _nearest(name: str, class_names: list[str]) -> str:
    normalised = {_normalised(class_name): class_name for class_name in class_names}
    near = difflib.get_close_matches(_normalised(name), normalised, n=1)
    return f", did you mean {normalised[near[0]]!r}?" if near else ""


def _listed(class_names: list[str]) -> str:
    return ", ".join(map(repr, class_names))
