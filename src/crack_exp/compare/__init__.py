"""Significance tests between settings: `python -m crack_exp.compare`."""

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from crack_exp.command import call, command
from crack_exp.config import typed_comparison
from crack_exp.system.progress import doing

if TYPE_CHECKING:
    from crack_exp.report.comparison.content import Comparison

CONFIG = "compare"


def main() -> None:
    command("compare", CONFIG, _job)


def compare(overrides: list[str]) -> "Comparison":
    """Run the command with these overrides, e.g. `compare(["sweep=2026-11-25/19-06-24-419292"])`.

    Raises UserError for a user's mistake.
    """
    return call(CONFIG, _job, overrides)


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> "Comparison":
    config = typed_comparison(composed)
    with doing("comparing"):
        from crack_exp.compare.workflow import run_comparison  # late: its libraries take seconds, --help must not

        return run_comparison(config, folder, overrides)
