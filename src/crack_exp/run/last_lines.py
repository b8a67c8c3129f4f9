"""What a run says at its end: what it came to, what is doubtful about it, and what to do with it."""

import logging
import textwrap
from collections.abc import Mapping

from crack_exp.config.overrides import job_name
from crack_exp.deployed.next_commands import compare_command, predict_command, survey_command
from crack_exp.report.console import WIDTH
from crack_exp.report.numbers import figure_text, seconds_text
from crack_exp.report.painted import banner_of_images
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.doubts import doubts
from crack_exp.report.run.sections.prevalence import prevalence_line
from crack_exp.report.run.time_spent import time_spent_text
from crack_exp.report.summary import summary_text
from crack_exp.run.outcome import Outcome
from crack_exp.run.state import Run
from crack_exp.run_files import names
from crack_exp.system.console_lines import ON_CONSOLE
from crack_exp.tracking.address import how_to_open

IN_LINE = {"auroc": "AUROC", "accuracy": "accuracy"}

log = logging.getLogger(__name__)


def log_outcome(run: Run, outcome: Outcome, report: RunReport, seconds: Mapping[str, float]) -> None:
    """The short tables that end a run, what is doubtful about it, where its report is, and how to open MLflow."""
    shown = outcome.titled_stages | {f"test, {name}": evaluated for name, evaluated in outcome.surfaces.items()}
    log.info("%s\n%s\n", time_spent_text(seconds), summary_text(shown | {"test": outcome.test}))
    if line := prevalence_line(report):
        log.info("%s", line)
    for sentence in filter(None, [banner_of_images(report.is_painted), *doubts(report)]):
        log.warning("%s", textwrap.fill(f"doubt:    {sentence}", WIDTH, subsequent_indent=" " * 10))
    log.info("results:  %s", run.folder)
    log.info("report:   %s", run.folder / names.PAGE)
    log.info("%s", how_to_open(run.recorder.uri, run.recorder.experiment_id))
    model = str(run.folder)
    log.info("use it:   %s", predict_command(model, "new_photos"))
    log.info("          %s", survey_command(model, "walls"))
    if run.config.sweep.name:
        log.info("compare:  %s", compare_command(run.config.sweep.name, run.config.tracking))
        log.info("%s", _line(run, outcome, seconds), extra=ON_CONSOLE)


def _line(run: Run, outcome: Outcome, seconds: Mapping[str, float]) -> str:
    """Of one among many runs: what it came to on validation. Those on test are for the table at the end."""
    last = list(outcome.stages.values())[-1]
    known = [metric for metric in IN_LINE if metric in last.scalars]
    figures = ", ".join(f"{IN_LINE[metric]} {figure_text(metric, last.scalars[metric])}" for metric in known)
    name = run.config.run_name or job_name(run.overrides) or "defaults"
    return f"{name}: on validation {figures}; {seconds_text(sum(seconds.values()))}"
