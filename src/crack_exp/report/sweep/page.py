"""The results at the end of a sweep: a row for each job, and the errors."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from rich.table import Table as RichTable

from crack_exp.report.console import WIDTH, as_text, console_table
from crack_exp.report.headline import Headline
from crack_exp.report.numbers import counted, figure_text, interval_text
from crack_exp.report.page import write_sections
from crack_exp.report.section import Command, Link, Section, Table, Text
from crack_exp.system.best_effort import best_effort

VALIDATION = "validation AUROC"
COLUMNS = {
    "recall_at_threshold": "cracks found",
    "false_alarm_rate_at_threshold": "false alarms",
    "auroc": "test AUROC",
}
"""Of the test images, at the threshold where there is one."""
BEST_FIRST = "Best first, by validation AUROC."
FOLDS_NOTE = (
    "Mean over the folds: each image is tested once, by a model that was not trained on it. Intervals are wider than "
    "for independent figures, since folds share training images (Nadeau and Bengio 2003). A figure that is the same in "
    "all folds has none."
)
TRAINING = "training (s)"


@dataclass(frozen=True)
class Job:
    """A finished run of a sweep.

    figures: on test, with NAME_low and NAME_high; training_seconds: of all epochs; other_seconds: of all other parts of
    the run, of which the first job pays for what later ones share; both NaN where unknown; report: its page, from the
    sweep's folder, None where it has none on this machine.
    """

    name: str
    figures: Mapping[str, float]
    validation_auroc: float
    training_seconds: float
    other_seconds: float
    report: str | None


@dataclass(frozen=True)
class Together:
    """All folds of one setting. figures: means over the folds, with NAME_low and NAME_high."""

    name: str
    folds: int
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Sweep:
    """Finished jobs, best first, and (command, error) of failed ones; was_stopped: by Ctrl-C.

    compare_command: tests which differences between the jobs are significant; together: settings of which every fold
    is a job; banner: of the page, see `painted`.
    """

    name: str
    jobs: Sequence[Job]
    errors: Sequence[tuple[str, str]]
    was_stopped: bool
    compare_command: str
    together: Sequence[Together] = ()
    banner: str = ""

    @property
    def summary(self) -> str:
        failed = f", {len(self.errors):,} failed" if self.errors else ""
        stopped = "; stopped before the last one; repeat the command to run the others" if self.was_stopped else ""
        return f"{counted(len(self.jobs), 'job')} finished{failed}{stopped}"

    @property
    def can_be_compared(self) -> bool:
        """Folds have other test images, so those of one setting have nothing to compare."""
        is_one_setting = [one.folds for one in self.together] == [len(self.jobs)]
        return len(self.jobs) > 1 and not is_one_setting

    @property
    def shared_time(self) -> str:
        """A sentence about the seconds that are not of one job, "" where they are not known."""
        known = [job.other_seconds for job in self.jobs if not isnan(job.other_seconds)]
        if not known:
            return ""
        return (
            f"All else (imports, images, features, evaluation, pictures) took {sum(known):,.0f} s of all jobs together."
        )


def sweep_text(sweep: Sweep) -> str:
    """The results for a log: 80 columns, no colour."""
    lines = [f"sweep {sweep.name}: {sweep.summary}", *textwrap.wrap(sweep.banner, WIDTH)]
    if sweep.jobs:
        lines += ["", as_text(_jobs(sweep))]
    if sweep.together:
        lines += ["", as_text(_folds(sweep))]
    for command, error in sweep.errors:
        lines += ["", f"failed: {command}", f"        {error}"]
    if sweep.can_be_compared:
        lines += ["", f"compare:  {sweep.compare_command}"]
    return "\n".join(lines)


def write_sweep(sweep: Sweep, path: Path) -> None:
    """Write the same results as a single HTML file, if that can be made."""
    with best_effort(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sections(
            f"crack_exp: sweep {sweep.name}", Headline(sweep.summary, [], sweep.banner), _sections(sweep), {}, path
        )


def _sections(sweep: Sweep) -> list[Section]:
    sections = [Section("All folds together", [_folds_table(sweep)])] if sweep.together else []
    sections += [Section("Jobs", [_table(sweep)])] if sweep.jobs else []
    for command, error in sweep.errors:
        sections.append(Section("Failed jobs", [Command(command), Text(error)]))
    if sweep.can_be_compared:
        sections.append(Section("Significance tests", [Command(sweep.compare_command)]))
    return sections


def _folds(sweep: Sweep) -> RichTable:
    table = console_table(f"{FOLDS_NOTE} Below the values: their intervals.")
    table.add_column("together", overflow="fold")
    for title in COLUMNS.values():
        table.add_column(title.replace(" ", "\n", 1), justify="right", no_wrap=True)
    for one in sweep.together:
        table.add_row(_title(one), *(_figure(one.figures, metric, "{}\n{}") for metric in COLUMNS))
    return table


def _folds_table(sweep: Sweep) -> Table:
    rows = [(_title(one), *(_figure(one.figures, metric, "{} ({})") for metric in COLUMNS)) for one in sweep.together]
    return Table(["setting", *COLUMNS.values()], rows, note=f"{FOLDS_NOTE} In brackets: their intervals.", words=True)


def _title(one: Together) -> str:
    folds = f"all {one.folds} folds"
    return f"{one.name}, {folds}" if one.name else folds


def _jobs(sweep: Sweep) -> RichTable:
    intervals = "Below the values: confidence intervals on test."
    table = console_table(" ".join((BEST_FIRST, intervals, sweep.shared_time)).rstrip())
    table.add_column("job", overflow="fold")
    for title in (VALIDATION, *COLUMNS.values(), TRAINING):
        table.add_column(title.replace(" ", "\n", 1), justify="right", no_wrap=True)
    for job in sweep.jobs:
        figures = [_figure(job.figures, metric, "{}\n{}") for metric in COLUMNS]
        table.add_row(job.name, figure_text("auroc", job.validation_auroc), *figures, _seconds(job))
    return table


def _table(sweep: Sweep) -> Table:
    rows = [
        (
            job.name if job.report is None else Link(job.name, job.report),
            figure_text("auroc", job.validation_auroc),
            *(_figure(job.figures, metric, "{} ({})") for metric in COLUMNS),
            _seconds(job),
        )
        for job in sweep.jobs
    ]
    columns = ["job", VALIDATION, *COLUMNS.values(), TRAINING]
    about = "Names lead to reports. In brackets: confidence intervals on test."
    note = " ".join((BEST_FIRST, about, sweep.shared_time)).rstrip()
    return Table(columns, rows, note=note, words=True)


def _seconds(job: Job) -> str:
    return "-" if isnan(job.training_seconds) else f"{job.training_seconds:,.1f}"


def _figure(figures: Mapping[str, float], metric: str, form: str) -> str:
    """'97.2 % (85.8 to 99.5 %)' by '{} ({})'; '-' where it is not known."""
    if metric not in figures:
        return "-"
    value = figure_text(metric, figures[metric])
    low, high = (figures.get(f"{metric}_{side}") for side in ("low", "high"))
    return value if low is None or high is None else form.format(value, interval_text(metric, (low, high)))
