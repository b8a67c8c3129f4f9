"""What a search shows: which trials did best on validation, and how to find out whether that was luck."""

import shlex
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable

from crack_exp.report.comparison.tables import TITLES
from crack_exp.report.summary import WIDTH, as_text
from crack_exp.report.wording import SHOWN_APART, counted

STATES = FINISHED, GIVEN_UP, FAILED, UNDER_WAY = "finished", "given up early", "failed", "under way"
MOST_SHOWN = 10
WIDEST_SETTING = 34
BEWARE = (
    "The best of many trials looks better on validation than it is: the search picked its luck as well. Whether it "
    "beats what it started from, fresh seeds and the test images say:"
)


@dataclass(frozen=True)
class Tried:
    """A trial. settings: its own, as overrides; value, accuracy, interval: on validation, None where unfinished."""

    number: int
    settings: Sequence[str]
    state: str
    value: float | None
    accuracy: float | None
    interval: tuple[float, float] | None
    epochs: int
    seconds: float | None
    error: str


@dataclass(frozen=True)
class Search:
    """A study. tried: in their order; folder: where its results lie; seeds: such as no trial has seen.

    importances: {setting: share of the differences that it explains}, empty where nobody can tell.
    """

    name: str
    metric: str
    wanted: int
    tried: Sequence[Tried]
    importances: Mapping[str, float]
    folder: Path
    seeds: Sequence[int]
    command: str

    @property
    def ranked(self) -> list[Tried]:
        """Finished trials, best first."""
        finished = [(one.value, one) for one in self.tried if one.value is not None]
        return [one for _, one in sorted(finished, key=lambda pair: pair[0], reverse=self.metric != "loss")]

    @property
    def best(self) -> Tried | None:
        return next(iter(self.ranked), None)

    @property
    def exhausted(self) -> str:
        """What must be said where the validation images are too easy to choose by; empty elsewhere."""
        perfect = sum(one.accuracy == 1 for one in self.tried)
        if perfect < 2:
            return ""
        return (
            f"{perfect:,} of these trials make no mistake on validation: those images are too easy to tell them apart. "
            "A harder set tells more."
        )

    @property
    def failed(self) -> list[Tried]:
        return [one for one in self.tried if one.state == FAILED]

    @property
    def title(self) -> str:
        """'cross-entropy on validation'."""
        return f"{TITLES[self.metric]} on validation"

    @property
    def says(self) -> str:
        """'20 trials: 13 finished, 7 given up early'."""
        counts = [(sum(one.state == state for one in self.tried), state) for state in STATES]
        each = ", ".join(f"{count:,} {state}" for count, state in counts if count)
        return f"{counted(len(self.tried), 'trial')}: {each or 'none begun'}"

    @property
    def says_best(self) -> str:
        """'cross-entropy on validation, 0.0312'."""
        return "" if self.best is None else f"{self.title}, {figure(self.best)}"

    @property
    def start(self) -> str:
        """What the experiment is called that holds what all trials have in common."""
        return f"{self.name}-start"

    def experiment_file(self, experiment: str) -> Path:
        return self.folder / "experiment" / f"{experiment}.yaml"

    @property
    def use(self) -> str:
        return f"python -m crack_exp.run --config-dir {shlex.quote(str(self.folder))} experiment={self.name}"

    @property
    def go_on(self) -> str:
        """The command that does what trials are left."""
        return self.command if "tune.name=" in self.command else f"{self.command} tune.name={self.name}"

    @property
    def verify(self) -> str:
        """The sweep that tells the best trial from what it started from."""
        folder, seeds = shlex.quote(str(self.folder)), ",".join(map(str, self.seeds))
        return f"python -m crack_exp.run -m --config-dir {folder} experiment={self.start},{self.name} seed={seeds}"


def search_text(search: Search) -> str:
    """For a log: 80 columns, no colour."""
    lines = [f"study {search.name}: {search.says}"]
    if search.best is not None:
        lines += [
            "",
            as_text(_trials(search)),
            "",
            f"best:     {search.experiment_file(search.name)}",
            f"use it:   {search.use}",
        ]
        lines += ["", *textwrap.wrap(search.exhausted, WIDTH)] if search.exhausted else []
        lines += ["", *textwrap.wrap(BEWARE, WIDTH), f"          {search.verify}"]
    if len(search.tried) < search.wanted:
        lines += ["", f"{search.wanted - len(search.tried):,} more to come: {search.go_on}"]
    lines += [f"failed:   trial {one.number}: {one.error}" for one in search.failed]
    return "\n".join(lines)


def figure(one: Tried) -> str:
    """'0.9760', '-' where a trial did not finish."""
    return "-" if one.value is None else _shown(one.value)


def interval(one: Tried) -> str:
    return "" if one.interval is None else f"{_shown(one.interval[0])} to {_shown(one.interval[1])}"


def _shown(value: float) -> str:
    """Four digits behind the point, or two that are not 0: losses can be tiny."""
    return f"{value:.4f}" if abs(value) >= SHOWN_APART or not value else f"{value:.1e}"


def _trials(search: Search) -> RichTable:
    table = RichTable(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, caption_justify="left")
    table.add_column("trial", justify="right")
    longest = max(len(setting) for one in search.ranked for setting in one.settings)
    table.add_column("settings", overflow="fold", min_width=min(longest, WIDEST_SETTING))
    for title in (search.title, "epochs"):
        table.add_column(title, justify="right")
    for one in search.ranked[:MOST_SHOWN]:
        reached = "\n".join(part for part in (figure(one), interval(one)) if part)
        table.add_row(str(one.number), "\n".join(one.settings), reached, str(one.epochs))
    more = len(search.ranked) - MOST_SHOWN
    table.caption = "Best first." + (f" {more:,} more on the page." if more > 0 else "")
    return table
