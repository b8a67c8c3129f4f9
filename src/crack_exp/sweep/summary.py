"""The end of a sweep: what became of each job, on the console and on a page."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from crack_exp.compare.workflow import seconds_of
from crack_exp.report.sweep import Job, Sweep, sweep_text, write_sweep
from crack_exp.run.outcome import on_validation
from crack_exp.tracking.search import FinishedRun, find_runs

log = logging.getLogger(__name__)

PAGE_FILE = "sweep.html"


def summarize_sweep(
    name: str,
    errors: Sequence[tuple[str, str]],
    *,
    folder: Path,
    uri: str | None,
    store: Path,
    experiment: str,
    was_stopped: bool,
) -> None:
    """Print a row for each job of the sweep, best first, and each error with its command; the same as a page.

    errors: (command, what ended it) of jobs that failed.
    """
    try:
        runs = find_runs(uri=uri, folder=store, ids=[], sweep=name, experiment=experiment, query=None)
    except ValueError:  # no job came to open a run
        runs = []
    jobs = [job_of(run, folder) for run in runs if run.status == "FINISHED"]
    sweep = Sweep(name, sorted(jobs, key=lambda job: -job.validation_auroc), errors, was_stopped)
    write_sweep(sweep, folder / PAGE_FILE)
    log.info("%s\n\nsweep:    %s", sweep_text(sweep), folder / PAGE_FILE)


def job_of(run: FinishedRun, folder: Path) -> Job:
    """What is shown of a finished run in the sweep in `folder`."""
    figures = {key.removeprefix("test/"): value for key, value in run.metrics.items() if key.startswith("test/")}
    return Job(
        name=run.name,
        figures=figures,
        validation_auroc=on_validation(run.metrics).get("auroc", 0.0),
        seconds=seconds_of(run),
        folder=os.path.relpath(run.tags.get("run_folder", folder), folder),
    )
