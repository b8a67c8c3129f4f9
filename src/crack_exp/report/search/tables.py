"""The data of a search, and its table on the console."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table as RichTable

from crack_exp.report.comparison.tables import TITLES
from crack_exp.report.console import WIDTH, as_text, console_table
from crack_exp.report.numbers import counted, decimal, decimal_between

STATES = FINISHED, PRUNED, FAILED, RUNNING = "finished", "pruned", "failed", "running"
MAX_SHOWN = 10
WIDEST_SETTING = 34
RANKED_DECIMALS = 4
"""One more than elsewhere: trials are ranked by this figure."""
SELECTION_BIAS = (
    "The best of many trials: its validation score is biased upwards by selection. To test whether it is better than "
    "the start settings, compare both with new seeds on the test images:"
)


@dataclass(frozen=True)
class TrialSummary:
    """A trial.

    settings: the searched overrides; name: the same in few words; value, accuracy, interval: on validation, None if
    unfinished; training_seconds: of its epochs, None where there were none; report: its page, from the folder of the
    study, None where it has none; why: it was pruned, or failed.
    """

    number: int
    name: str
    settings: Sequence[str]
    state: str
    value: float | None
    accuracy: float | None
    interval: tuple[float, float] | None
    epochs: int
    training_seconds: float | None
    report: str | None
    why: str


@dataclass(frozen=True)
class Search:
    """A study. trials: in order; planned: their intended number; folder: of the results.

    importances: {setting: share of the variance between trials that it explains}, empty where unknown.
    command: began it; run_command: the best trial; verify_command: the sweep that compares it with the start settings;
    continue_command: the remaining trials. banner: of the page, see `painted`.
    """

    name: str
    metric: str
    planned: int
    trials: Sequence[TrialSummary]
    importances: Mapping[str, float]
    folder: Path
    command: str
    run_command: str
    verify_command: str
    continue_command: str
    banner: str = ""

    @property
    def ranked(self) -> list[TrialSummary]:
        """Finished trials, best first."""
        return ranked(self.trials, self.metric)

    @property
    def best(self) -> TrialSummary | None:
        return next(iter(self.ranked), None)

    @property
    def saturation_note(self) -> str:
        """A warning where the validation images are too easy to select by, else ""."""
        perfect = sum(one.accuracy == 1 for one in self.trials)
        if perfect < 2:
            return ""
        return (
            f"{perfect:,} of these trials have no error on validation: the images are too easy to rank them. Use "
            "harder images."
        )

    @property
    def failed(self) -> list[TrialSummary]:
        return [one for one in self.trials if one.state == FAILED]

    @property
    def has_ended(self) -> bool:
        """Whether all planned trials are done."""
        return len(self.trials) >= self.planned and not any(one.state == RUNNING for one in self.trials)

    @property
    def title(self) -> str:
        """'cross-entropy on validation'."""
        return title_of(self.metric)

    @property
    def summary(self) -> str:
        """'20 trials: 13 finished, 7 pruned'."""
        counts = [(sum(one.state == state for one in self.trials), state) for state in STATES]
        each = ", ".join(f"{count:,} {state}" for count, state in counts if count)
        return f"{counted(len(self.trials), 'trial')}: {each or 'none started'}"

    @property
    def best_result(self) -> str:
        """'cross-entropy on validation, 0.0312'."""
        return "" if self.best is None else f"{self.title}, {figure(self.best)}"

    def experiment_file(self, experiment: str) -> Path:
        return self.folder / "experiment" / f"{experiment}.yaml"


def ranked(trials: Sequence[TrialSummary], metric: str) -> list[TrialSummary]:
    """Finished trials, best first."""
    finished = [(one.value, one) for one in trials if one.value is not None]
    return [one for _, one in sorted(finished, key=lambda pair: pair[0], reverse=metric != "loss")]


def title_of(metric: str) -> str:
    return f"{TITLES[metric]} on validation"


def trial_line(trials: Sequence[TrialSummary], number: int, *, metric: str, planned: int) -> str:
    """The line of a trial that has just ended, with what it came to on validation."""
    one = next(trial for trial in trials if trial.number == number)
    done = sum(trial.state != RUNNING for trial in trials)
    if one.value is None:
        came_to = f"{one.state}, {one.why}"
    else:
        between = f" ({interval(one)})" if one.interval else ""
        best = ", the best so far" if one == ranked(trials, metric)[0] else ""
        came_to = f"{title_of(metric)} {figure(one)}{between}{best}, {counted(one.epochs, 'epoch')}"
    return f"[{done}/{planned}] trial {number}, {one.name}: {came_to}"


def search_text(search: Search) -> str:
    """For a log: 80 columns, no colour."""
    lines = [f"study {search.name}: {search.summary}", *textwrap.wrap(search.banner, WIDTH)]
    if search.best is not None:
        lines += [
            "",
            as_text(_trials(search)),
            "",
            f"best:     {search.experiment_file(search.name)}",
            f"run it:   {search.run_command}",
        ]
        lines += ["", *textwrap.wrap(search.saturation_note, WIDTH)] if search.saturation_note else []
        lines += ["", *textwrap.wrap(SELECTION_BIAS, WIDTH), f"          {search.verify_command}"]
    if len(search.trials) < search.planned:
        lines += ["", f"{search.planned - len(search.trials):,} trials left: {search.continue_command}"]
    lines += [f"failed:   trial {one.number}: {one.why}" for one in search.failed]
    return "\n".join(lines)


def figure(one: TrialSummary) -> str:
    """'0.9760', or '-' for an unfinished trial."""
    return "-" if one.value is None else decimal(one.value, RANKED_DECIMALS)


def interval(one: TrialSummary) -> str:
    return "" if one.interval is None else decimal_between(one.interval, RANKED_DECIMALS)


def _trials(search: Search) -> RichTable:
    table = console_table()
    table.add_column("trial", justify="right")
    longest = max(len(setting) for one in search.ranked for setting in one.settings)
    table.add_column("settings", overflow="fold", min_width=min(longest, WIDEST_SETTING))
    for title in (search.title, "epochs"):
        table.add_column(title, justify="right")
    for one in search.ranked[:MAX_SHOWN]:
        result = "\n".join(part for part in (figure(one), interval(one)) if part)
        table.add_row(str(one.number), "\n".join(one.settings), result, str(one.epochs))
    more = len(search.ranked) - MAX_SHOWN
    table.caption = "Best first." + (f" {more:,} more on the page." if more > 0 else "")
    return table
