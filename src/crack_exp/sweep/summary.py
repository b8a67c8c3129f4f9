"""The end of a sweep: what became of each job, on the console and on a page."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from crack_exp.config.schema import TrackingConfig
from crack_exp.deployed.next_commands import compare_command
from crack_exp.report.sweep.page import Job, Sweep, sweep_text, write_sweep
from crack_exp.run_files.names import PAGE, RUN_FOLDER, SWEEP_PAGE, TEST
from crack_exp.run_files.painted_runs import banner_of_runs
from crack_exp.run_files.recorded_metrics import figures_under, other_seconds, training_seconds, validation_figures
from crack_exp.run_files.sweep_members import runs_of_sweep
from crack_exp.sweep.folds_together import folds_together
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.search import NothingFound, experiment_page

log = logging.getLogger(__name__)


def summarize_sweep(
    name: str, errors: Sequence[tuple[str, str]], *, folder: Path, tracking: TrackingConfig, was_stopped: bool
) -> None:
    """Print a row for each job of the sweep, best first, and each error with its command; the same as a page.

    errors: (command, what ended it) of jobs that failed. Raises UserError where the store cannot be read.
    """
    runs = [run for run in _runs(name, tracking) if run.status == "FINISHED"]
    jobs = [job_of(run, folder) for run in runs]
    ranked = sorted(jobs, key=lambda job: -job.validation_auroc)
    compare = compare_command(name, tracking)
    sweep = Sweep(name, ranked, errors, was_stopped, compare, folds_together(runs), banner_of_runs(runs))
    log.info("%s", sweep_text(sweep))
    write_sweep(sweep, folder / SWEEP_PAGE)
    log.info("\nsweep:    %s", folder / SWEEP_PAGE)
    if page := experiment_page(tracking.store, tracking.experiment):
        log.info("%s", page)


def job_of(run: FinishedRun, folder: Path) -> Job:
    """What is shown of a finished run in the sweep in `folder`."""
    return Job(
        name=run.name,
        figures=figures_under(TEST, run.metrics),
        validation_auroc=validation_figures(run.metrics).get("auroc", 0.0),
        training_seconds=training_seconds(run.metrics),
        other_seconds=other_seconds(run.metrics),
        report=_report(run, folder),
    )


def _report(run: FinishedRun, folder: Path) -> str | None:
    """The page of a run, from the sweep's folder; a job that was done before has it in another sweep's."""
    page = Path(run.tags.get(RUN_FOLDER, ""), PAGE)
    return os.path.relpath(page, folder.resolve()) if RUN_FOLDER in run.tags and page.is_file() else None


def _runs(name: str, tracking: TrackingConfig) -> list[FinishedRun]:
    try:
        return runs_of_sweep(tracking.store, name, tracking.experiment)
    except NothingFound:  # no job came to open a run
        return []
