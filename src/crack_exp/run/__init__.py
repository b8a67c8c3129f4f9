"""One run: `python -m crack_exp.run`, or `run([...])` from Python."""

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from crack_exp.command import call, command
from crack_exp.config import Config, typed
from crack_exp.config.consistency import check_unused
from crack_exp.data.examples import Example
from crack_exp.run_files.check_tracking import check_tracking
from crack_exp.run_files.folder import is_only_to_record, is_resumed
from crack_exp.run_files.not_recorded import check_recorded, record_rest
from crack_exp.system.quiet_start import quiet_start
from crack_exp.system.timing import timed

if TYPE_CHECKING:
    from crack_exp.evaluation.evaluate import Evaluation

CONFIG = "config"


def main() -> None:
    command("run", CONFIG, _command)


def run(overrides: list[str]) -> "Evaluation":
    """Do what the command does with these overrides, e.g. `run(["optimizer=rmsprop"])`; returns the test evaluation.

    Raises UserError for a user's mistake.
    """
    return call(CONFIG, _job, overrides)


def _command(composed: DictConfig, folder: Path, overrides: list[str]) -> None:
    config = typed(composed)
    if is_resumed(overrides) and is_only_to_record(folder):
        record_rest(config, folder, "run")
        return
    _job(composed, folder, overrides)
    check_recorded(config, folder, "run")


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> "Evaluation":
    config = typed(composed)
    check_unused(config, overrides)
    is_complete = is_resumed(overrides) and is_only_to_record(folder)
    found = None if is_complete else _checked(config, folder, overrides)
    with timed("imports"), quiet_start():  # late: TensorFlow takes seconds; --help, and what is wrong, must not
        from crack_exp.run.reuse import result_recorded
        from crack_exp.run.workflow import run_experiment

    if is_complete:
        return result_recorded(config, record_rest(config, folder, "run")).test
    return run_experiment(config, folder, overrides, found=found).test


def _checked(config: Config, folder: Path, overrides: list[str]) -> list[Example] | None:
    """The images, and whether the run can be recorded. Raises UserError for all that can be told at once."""
    with timed("audit"):
        from crack_exp.run.find_examples import find_at_hand  # late: it imports SciPy

        found = find_at_hand(config.data, overrides)
    check_tracking(config.tracking, folder)  # second, because it imports MLflow
    return found
