"""The schema of `crack_exp.compare`."""

from dataclasses import dataclass

from omegaconf import MISSING

from crack_exp.config.schema import TrackingConfig
from crack_exp.config.validators import (
    EVALUATION,
    between_zero_and_one,
    from_to,
    not_empty,
    one_of,
    seed_of_32_bits,
    setting,
)
from crack_exp.system.errors import UserError


@dataclass
class CompareConfig:
    """Which runs, by which metric, and how sure."""

    runs: list[str] = setting(EVALUATION)
    sweep: str | None = setting(EVALUATION, not_empty())
    filter: str | None = setting(EVALUATION, not_empty())
    metric: str = setting(EVALUATION, one_of("auroc", "accuracy", "macro_f1", "loss"))
    confidence: float = setting(EVALUATION, between_zero_and_one())
    bootstrap_resamples: int = setting(EVALUATION, from_to(100, 1_000_000))
    seed: int = setting(EVALUATION, seed_of_32_bits())
    tracking: TrackingConfig = MISSING


def check_comparison(config: CompareConfig) -> None:
    """Raise UserError, naming both settings, where runs are picked in two ways."""
    if config.runs and (other := "sweep" if config.sweep else "filter" if config.filter else None):
        raise UserError(f"runs and {other}: runs are picked by their ids or by a {other}; leave one out")
