"""Fields of a schema: the values that each may have, and what it can change."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

from omegaconf import MISSING

from crack_exp.system.errors import UserError, shown

EFFECT, RANGE = "effect", "range"
"""Keys of a field's metadata."""


@dataclass(frozen=True)
class Range:
    """A test that a value must pass, and its description."""

    allows: Callable[[Any], bool]
    expected: str


def from_to(low: float, high: float) -> Range:
    """Both included: a number that is not rounded to 0 or infinity, and that some machine can hold so many of."""
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
    def allows(value: Any) -> bool:
        numbers = value if isinstance(value, list) and len(value) == 3 else [value]
        return all(from_to(low, high).allows(number) for number in numbers)

    return Range(allows, f"a number from {low} to {high}, or three of them in a list, for red, green and blue")


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
