"""What a value may be, said once beside the field it belongs to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from omegaconf import MISSING


@dataclass(frozen=True)
class Range:
    """A test that a value must pass, and how to say so."""

    allows: Callable[[Any], bool]
    expected: str


def at_least(low: float) -> Range:
    return Range(lambda value: value >= low, f"at least {low}")


def above(low: float) -> Range:
    return Range(lambda value: value > low and value < float("inf"), f"a number above {low}")


def from_zero_below_one() -> Range:
    return Range(lambda value: 0 <= value < 1, "at least 0 and below 1")


def between_zero_and_one() -> Range:
    return Range(lambda value: 0 < value < 1, "between 0 and 1")


def one_of(*choices: str) -> Range:
    return Range(lambda value: value in choices, "one of " + ", ".join(choices))


def ranged(values: Range) -> Any:
    """A dataclass field without a default (defaults live in YAML) that `check_ranges` looks after."""
    return field(default=MISSING, metadata={"range": values})


def check_ranges(config: Any, key: str = "") -> None:
    """Raise ValueError for the first value of `config` outside of its field's range. None is always allowed."""
    for part, value, values in _ranged_values(config, key):
        if value is not None and not values.allows(value):
            raise ValueError(f"{part}={value}: must be {values.expected}")


def _ranged_values(config: Any, key: str) -> Iterator[tuple[str, Any, Range]]:
    for item in fields(config):
        value, part = getattr(config, item.name), f"{key}{item.name}"
        if is_dataclass(value):
            yield from _ranged_values(value, f"{part}.")
        elif "range" in item.metadata:
            yield part, value, item.metadata["range"]


# Arguments of Keras objects, which have no schema of their own; Keras itself takes a learning rate of -1.
KERAS_RANGES = {
    "learning_rate": above(0),
    "initial_learning_rate": above(0),
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
    "alpha": above(0),
}


def check_keras_arguments(node: Any, key: str) -> None:
    """Raise ValueError for a number out of range in a free-form node, however deep, e.g. `optimizer.learning_rate`."""
    if isinstance(node, list):
        for index, value in enumerate(node):
            check_keras_arguments(value, f"{key}[{index}]")
    if isinstance(node, dict):
        for name, value in node.items():
            _check_keras_argument(name, value, f"{key}.{name}")


def _check_keras_argument(name: str, value: Any, key: str) -> None:
    if name not in KERAS_RANGES or value is None or isinstance(value, dict):
        return check_keras_arguments(value, key)
    values = KERAS_RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not values.allows(value):
        raise ValueError(f"{key}={value}: must be {values.expected}")
