"""Determines which classes mean "no crack"."""

from crack_exp.data.class_names import as_typed, nearest, normalised
from crack_exp.system.errors import UserError, quoted

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
    return frozenset(_class_of(name, class_names) for name in intact)


def _class_of(name: str, class_names: list[str]) -> str:
    """The class that `name` stands for. Raises UserError where there is none, or several have the value of `name`."""
    found = as_typed(name, class_names)
    if len(found) > 1:
        raise UserError(
            f"data.intact: '{name}' may be {' or '.join(map(quoted, found))}; write it in quotes, as in "
            f"""'data.intact=["{found[0]}"]'"""
        )
    if not found:
        raise UserError(
            f"data.intact: there is no class '{name}'{nearest(name, class_names)}; the classes are "
            f"{_listed(class_names)}"
        )
    return found[0]


def is_recognised(name: str) -> bool:
    """Whether a class of this name is known to mean "no crack"."""
    return normalised(name) in RECOGNISED


def _recognised(class_names: list[str]) -> frozenset[str]:
    chosen = frozenset(name for name in class_names if is_recognised(name))
    if not chosen:
        raise UserError(
            f"data.intact: none of the classes {_listed(class_names)} has a known name for 'no crack'; "
            "name those that mean it: data.intact=[NAME]"
        )
    return chosen


def _listed(class_names: list[str]) -> str:
    return ", ".join(map(quoted, class_names))
