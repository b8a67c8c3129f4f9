"""The schema of `crack_exp.tune`: what is searched, by what, and how long."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import MISSING

from crack_exp.config.texts import text_override
from crack_exp.config.validators import (
    FILES,
    MODEL,
    between_zero_and_one,
    from_to,
    is_number,
    one_of,
    seed_of_32_bits,
    setting,
)
from crack_exp.config.validators import Range as Allowed
from crack_exp.system.errors import UserError

FOLDER_NAME = Allowed(
    lambda name: bool(re.fullmatch(r"\w[\w.-]{0,59}", name)),
    "a name of letters, digits, _, - and ., up to 60",
)
DATABASE = Allowed(
    lambda uri: uri is None or bool(re.fullmatch(r"postgresql://[^/\s]+/[^/?\s]+", uri)),
    "null, or the address of a PostgreSQL database, postgresql://HOST/DATABASE",
)
Value = bool | int | float | str | None


@dataclass
class PruningConfig:
    """Which trials are ended early."""

    curve: str = setting(MODEL, one_of("val_loss", "val_accuracy", "none"))
    worst: float = setting(MODEL, between_zero_and_one())
    after_trials: int = setting(MODEL, from_to(1, 1_000_000))
    after_epochs: int = setting(MODEL, from_to(1, 100_000))


@dataclass
class TuneConfig:
    """A study. space: {setting of a run: list of choices, or the arguments of `Range`}."""

    name: str = setting(FILES, FOLDER_NAME)
    storage: str | None = setting(FILES, DATABASE)
    trials: int = setting(MODEL, from_to(1, 1_000_000))
    metric: str = setting(MODEL, one_of("loss", "auroc", "accuracy", "macro_f1"))
    seed: int = setting(MODEL, seed_of_32_bits())
    pruning: PruningConfig = MISSING
    fixed: list[str] = setting(MODEL)
    space: dict[str, Any] = setting(MODEL)


@dataclass
class Tune:
    """Where a search stands among other settings."""

    tune: TuneConfig = MISSING


@dataclass(frozen=True)
class Choices:
    """One of several values."""

    values: Sequence[Value]

    @property
    def extremes(self) -> Sequence[Value]:
        """All that must be possible, for whatever lies between them to be."""
        return self.values


@dataclass(frozen=True)
class Range:
    """A number between two, both included; whole ones where both bounds are. log: as likely in each decade."""

    low: float
    high: float
    log: bool = False

    @property
    def is_whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def extremes(self) -> Sequence[Value]:
        return self.low, self.high


Dimension = Choices | Range


def read_space(space: Mapping[str, Any]) -> dict[str, Dimension]:
    """Raises UserError for the first setting whose choices or range mean nothing."""
    if not space:
        raise UserError("tune.space: is empty; name settings to search, e.g. tune=head")
    return {key: _dimension(f"tune.space.{key}", given) for key, given in space.items()}


def as_override(key: str, value: Value) -> str:
    """As one types it for crack_exp.run."""
    if value is None or isinstance(value, bool):
        return f"{key}={str(value).lower() if value is not None else 'null'}"
    return text_override(key, value) if isinstance(value, str) else f"{key}={value}"


def _dimension(key: str, given: Any) -> Dimension:
    if isinstance(given, list):
        return _choices(key, given)
    if isinstance(given, dict) and {"low", "high"} <= set(given) <= {"low", "high", "log"}:
        return _range(key, **given)
    raise UserError(f"{key}={given}: must be a list of choices, or a range such as {{low: 0.1, high: 0.5, log: true}}")


def _choices(key: str, values: list[Any]) -> Choices:
    if len(values) < 2 or not all(value is None or isinstance(value, bool | int | float | str) for value in values):
        raise UserError(f"{key}={values}: must be two single values at least, to choose from")
    return Choices(values)


def _range(key: str, low: Any, high: Any, log: Any = False) -> Range:
    numbers = all(is_number(one) and math.isfinite(one) for one in (low, high))
    if not numbers or low >= high or not isinstance(log, bool) or (log and low <= 0):
        above = " above 0" if log else ""
        raise UserError(f"{key}: low={low}, high={high}, log={log}: must be two numbers{above}, the lower one first")
    return Range(low, high, log)
