"""One run: `python -m crack_exp.run`, or `run([...])` from Python."""

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from crack_exp.command import call, command
from crack_exp.config import typed
from crack_exp.config.consistency import check_unused
from crack_exp.system.quiet_tensorflow import quiet_start
from crack_exp.system.timing import timed

if TYPE_CHECKING:
    from crack_exp.evaluation.evaluate import Evaluation

CONFIG = "config"


def main() -> None:
    command("run", CONFIG, _job)


def run(overrides: list[str]) -> "Evaluation":
    """Do what the command does with these overrides, e.g. `run(["optimizer=rmsprop"])`; returns the test evaluation.

    Raises UserError for a user's mistake.
    """
    return call(CONFIG, _job, overrides)


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> "Evaluation":
    config = typed(composed)
    check_unused(config, overrides)
    with timed("imports"), quiet_start():
        from crack_exp.run.workflow import run_experiment  # late: TensorFlow takes seconds, --help must not

    return run_experiment(config, folder, overrides).test
