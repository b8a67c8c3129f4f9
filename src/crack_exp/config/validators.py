"""Fields of a schema: the values that each may have, and what it can change."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any, get_origin, get_type_hints

from omegaconf import MISSING

from crack_exp.system.errors import UserError, shown
from crack_exp.system.printed import UNPRINTABLE, printable

LONGEST_TEXT = 4096
"""Characters: as long as the path of a file can be."""

MAY_BE_BYTES = ("images", "photos")
"""Settings that name files, whose names may have bytes that are no UTF-8."""

TEXTS = (list[str], list[str] | None)

EFFECT, RANGE = "effect", "range"
"""Keys of a field's metadata."""


@dataclass(frozen=True)
class Range:
    """A test that a value must pass, and its description."""

    allows: Callable[[Any], bool]
    expected: str


def from_to(low: float, high: float) -> Range:
    """Both included. Both are finite: a number beyond might become 0 or infinity, or fill the memory of any machine."""
    return Range(lambda value: is_number(value) and low <= value <= high, f"from {low} to {high}")


def whole_from_to(low: int, high: int) -> Range:
    numbers = from_to(low, high)
    return Range(lambda value: isinstance(value, int) and numbers.allows(value), f"a whole number {numbers.expected}")


def from_zero_below_one() -> Range:
    return Range(lambda value: is_number(value) and 0 <= value < 1, "at least 0 and below 1")


def between_zero_and_one() -> Range:
    return Range(lambda value: is_number(value) and 0 < value < 1, "above 0 and below 1")


def above_zero_to_one() -> Range:
    return Range(lambda value: is_number(value) and 0 < value <= 1, "above 0 and at most 1")


def one_for_each_channel(low: float, high: float) -> Range:
    numbers = from_to(low, high)
    return Range(
        lambda value: numbers.allows(value) or (_is_list(value, 3) and all(map(numbers.allows, value))),
        f"a number {numbers.expected}, or three of them in a list, for red, green and blue",
    )


def up_to_three(numbers: Range) -> Range:
    """One of these numbers, or one for each axis."""
    return Range(
        lambda value: numbers.allows(value) or (_is_list(value, 1, 2, 3) and all(map(numbers.allows, value))),
        f"{numbers.expected}, or a list of them",
    )


def _is_list(value: Any, *lengths: int) -> bool:
    return isinstance(value, list) and len(value) in lengths


def true_or_false() -> Range:
    return Range(lambda value: isinstance(value, bool), "true or false")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def seed_of_32_bits() -> Range:
    """What NumPy's global generator takes."""
    return from_to(0, 2**32 - 1)


def not_empty() -> Range:
    return Range(lambda value: bool(value.strip()), "a name, not empty")


def short_name() -> Range:
    """What MLflow keeps as the name of a run or an experiment."""
    return Range(lambda value: bool(value.strip()) and len(value) <= 250, "a name of 1 to 250 characters")


def package_names() -> Range:
    """Of the user's own: what keras and crack_exp may build stands in lists."""
    return Range(
        lambda values: all(value.isidentifier() and value not in ("keras", "crack_exp") for value in values),
        "a list of names of packages of your own, e.g. [my_package]",
    )


def sha256_digest() -> Range:
    return Range(lambda value: bool(re.fullmatch("[0-9a-f]{64}", value)), "64 hexadecimal digits, in small letters")


def web_address() -> Range:
    return Range(
        lambda value: value.startswith(("http://", "https://")), "an address that begins with https:// or http://"
    )


def one_of(*choices: str) -> Range:
    return Range(lambda value: value in choices, "one of " + ", ".join(choices))


class Effect(Enum):
    """What a setting can change."""

    MODEL = "what the model learns"
    EVALUATION = "only how it is evaluated"
    FILES = "nothing but where files lie, what they are called and how much is kept"


MODEL, EVALUATION, FILES = Effect


def setting(effect: Effect, values: Range | None = None, **facts: Any) -> Any:
    """A dataclass field without a default: defaults stand in YAML.

    values: what `check_ranges` allows; facts: other properties, which `config.effects` finds.
    """
    return field(default=MISSING, metadata={EFFECT: effect, RANGE: values} | facts)


def group(**facts: Any) -> Any:
    """The same for a group of settings, each of which has an effect of its own."""
    return field(default=MISSING, metadata=facts)


def check_texts(value: Any, key: str = "") -> None:
    """Raise UserError for a text in these settings that no file, terminal or database takes as it is."""
    if isinstance(value, dict):
        for name, inner in value.items():
            check_texts(str(name), key or "settings")
            check_texts(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for inner in value:
            check_texts(inner, key)
    elif isinstance(value, str) and len(value) > LONGEST_TEXT:
        raise UserError(f"{key}={shown(value)}: must have at most {LONGEST_TEXT} characters, and has {len(value):,}")
    elif isinstance(value, str) and UNPRINTABLE.search(printable(value) if key in MAY_BE_BYTES else value):
        raise UserError(f"{key}={shown(value)}: must be text in UTF-8 without control characters; correct or rename it")


def check_groups(owner: type, values: Mapping[Any, Any], key: str = "") -> None:
    """Raise UserError where something else is given for a group of settings. owner: the schema of these `values`."""
    kinds = get_type_hints(owner)
    for item in fields(owner):
        kind, part = kinds[item.name], f"{key}{item.name}"
        if is_dataclass(kind) or get_origin(kind) is dict:
            given = values.get(item.name, {})
            if not isinstance(given, dict):
                raise UserError(f"{part}={shown(given)}: must be a group of settings")
            if isinstance(kind, type) and is_dataclass(kind):
                check_groups(kind, given, f"{part}.")


def check_kinds(config: Any, values: Mapping[Any, Any], key: str = "") -> None:
    """Raise UserError where OmegaConf took another kind of value for the one that is meant: 5 for true, [[a]] for [a].

    config: the typed settings; values: as they were given.
    """
    for item in fields(config):
        value, given, part = getattr(config, item.name), values.get(item.name), f"{key}{item.name}"
        if is_dataclass(value):
            check_kinds(value, given or {}, f"{part}.")
        elif isinstance(value, bool) and not isinstance(given, bool):
            raise UserError(f"{part}={shown(given)}: must be true or false")
        elif item.type in TEXTS and not all(isinstance(one, str | int | float) for one in given or []):
            raise UserError(f"{part}={shown(given)}: must be a list of texts, e.g. [a,b]")


def check_ranges(config: Any, key: str = "") -> None:
    """Raise UserError for the first value of `config` outside of its field's range.

    None has been checked before: by the type, where the field has one.
    """
    for part, value, values in _ranged_values(config, key):
        if not values.allows(value):
            raise UserError(f"{part}={shown(value)}: must be {values.expected}")


def _ranged_values(config: Any, key: str) -> Iterator[tuple[str, Any, Range]]:
    for item in fields(config):
        value, part = getattr(config, item.name), f"{key}{item.name}"
        if is_dataclass(value):
            yield from _ranged_values(value, f"{part}.")
        elif (values := item.metadata.get(RANGE)) and (value is not None or item.type is Any):
            yield part, value, values
