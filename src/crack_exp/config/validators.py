"""Fields of a schema: the values that each may have, and what it can change."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

from omegaconf import MISSING

from crack_exp.system.errors import UserError

EFFECT, RANGE = "effect", "range"
"""Keys of a field's metadata."""


@dataclass(frozen=True)
class Range:
    """A test that a value must pass, and its description."""

    allows: Callable[[Any], bool]
    expected: str


def at_least(low: float) -> Range:
    return Range(lambda value: low <= value < math.inf, f"a number of at least {low}")


def above(low: float) -> Range:
    return Range(lambda value: low < value < math.inf, f"a number above {low}")


def from_zero_below_one() -> Range:
    return Range(lambda value: 0 <= value < 1, "at least 0 and below 1")


def between_zero_and_one() -> Range:
    return Range(lambda value: 0 < value < 1, "above 0 and below 1")


def above_zero_to_one() -> Range:
    return Range(lambda value: 0 < value <= 1, "above 0 and at most 1")


def from_zero_to_one() -> Range:
    return Range(lambda value: 0 <= value <= 1, "from 0 to 1")


def one_to(high: int) -> Range:
    return from_to(1, high)


def from_to(low: int, high: int) -> Range:
    return Range(lambda value: low <= value <= high, f"from {low} to {high}")


def seed_of_32_bits() -> Range:
    """What NumPy's global generator takes."""
    return Range(lambda value: 0 <= value < 2**32, f"from 0 to {2**32 - 1}")


def not_empty() -> Range:
    return Range(lambda value: bool(value.strip()), "a name, not empty")


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
    """Raise UserError for the first value of `config` outside of its field's range. None is always allowed."""
    for part, value, values in _ranged_values(config, key):
        if value is not None and not values.allows(value):
            raise UserError(f"{part}={value}: must be {values.expected}")


def _ranged_values(config: Any, key: str) -> Iterator[tuple[str, Any, Range]]:
    for item in fields(config):
        value, part = getattr(config, item.name), f"{key}{item.name}"
        if is_dataclass(value):
            yield from _ranged_values(value, f"{part}.")
        elif values := item.metadata.get(RANGE):
            yield part, value, values


# Arguments of Keras's optimizers and learning rate schedules, which have no schema of their own; Keras itself takes a
# learning rate of -1.
OPTIMIZER_RANGES = {
    "learning_rate": above(0),
    "initial_learning_rate": above(0),
    "end_learning_rate": at_least(0),
    "warmup_target": above(0),
    "decay_steps": above(0),
    "decay_rate": above(0),
    "alpha": at_least(0),
    "epsilon": above(0),
    "clipnorm": above(0),
    "clipvalue": above(0),
    "global_clipnorm": above(0),
    "weight_decay": at_least(0),
    "momentum": from_zero_below_one(),
    "rho": from_zero_below_one(),
    "beta_1": from_zero_below_one(),
    "beta_2": from_zero_below_one(),
    "ema_momentum": from_zero_below_one(),
}


def check_free_form(node: Any, key: str, ranges: Mapping[str, Range]) -> None:
    """Raise UserError for an argument out of its range in a node without a schema, however deep.

    ranges: by the argument's name. A number that is not finite is refused everywhere; None is left to the target.
    """
    if isinstance(node, list):
        for index, value in enumerate(node):
            check_free_form(value, f"{key}[{index}]", ranges)
    elif isinstance(node, dict):
        for name, value in node.items():
            _check_argument(name, value, f"{key}.{name}", ranges)
    elif isinstance(node, float) and not math.isfinite(node):
        raise UserError(f"{key}={node}: must be a finite number")


def _check_argument(name: str, value: Any, key: str, ranges: Mapping[str, Range]) -> None:
    if name not in ranges or value is None or isinstance(value, dict):
        return check_free_form(value, key, ranges)
    allowed = ranges[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not allowed.allows(value):
        raise UserError(f"{key}={value}: must be {allowed.expected}")
