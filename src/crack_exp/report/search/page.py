"""A search as a single HTML file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.page import write_sections
from crack_exp.report.painted import footer_below
from crack_exp.report.pictures import picture_parts, temporary_pngs
from crack_exp.report.search.plots import STUDY_PLOTS
from crack_exp.report.search.tables import FAILED, SELECTION_BIAS, Search, TrialSummary, figure, interval
from crack_exp.report.section import Command, Link, Section, Table, Text
from crack_exp.system.best_effort import best_effort

LINKS = "Numbers lead to reports."
NO_LINKS_YET = "Their reports, which show figures on test images, are linked once the search has ended."


def write_search(search: Search, path: Path) -> None:
    """Write the page with its plots, as far as they can be made."""
    with (
        best_effort(str(path)) as effort,
        temporary_pngs(STUDY_PLOTS, search, effort, footer_below(search.banner)) as pictures,
    ):
        title = f"crack_exp: study {search.name}"
        write_sections(title, _headline(search), list(_sections(search, set(pictures))), pictures, path)


def _headline(search: Search) -> Headline:
    if search.best is None:
        return Headline(search.summary, [], search.banner)
    best = KeyFigure(figure(search.best), interval(search.best), f"{search.title}, of the best trial")
    return Headline(
        f"{search.summary}. Selected on validation images; test images had no influence.", [best], search.banner
    )


def _sections(search: Search, pictures: set[str]) -> Iterator[Section]:
    if search.best is not None:
        saturation = [Text(search.saturation_note)] if search.saturation_note else []
        verify = Command(search.verify_command)
        link = [_report(search.best)] if search.has_ended and search.best.report else []
        yield Section("Best trial", [*link, Command(search.run_command), *saturation, Text(SELECTION_BIAS), verify])
    yield Section("Plots", picture_parts(STUDY_PLOTS, pictures))
    yield Section("Trials", [_trials(search)])
    yield Section("Command", [Command(search.command)])


def _trials(search: Search) -> Table:
    """A row for each trial, with a column for each searched setting."""
    unfinished = [one for one in search.trials if one.value is None]
    searched = [setting.partition("=")[0] for one in search.trials[:1] for setting in one.settings]
    rows = [
        (
            Link(str(one.number), one.report) if search.has_ended and one.report else str(one.number),
            *(dict(setting.split("=", 1) for setting in one.settings).get(key, "-") for key in searched),
            f"{figure(one)} ({interval(one)})" if one.interval else figure(one),
            str(one.epochs),
            "-" if one.training_seconds is None else f"{one.training_seconds:,.1f}",
            one.why if one.state == FAILED else one.state,
        )
        for one in (*search.ranked, *unfinished)
    ]
    columns = ["trial", *_short(searched), search.title, "epochs", "training (s)", "state"]
    links = LINKS if search.has_ended else NO_LINKS_YET
    note = f"Finished trials, best first; then the unfinished ones. {links}"
    return Table(columns, rows, note=note, words=True)


def _report(best: TrialSummary) -> Link:
    return Link(f"Report of trial {best.number}: {', '.join(best.settings)}", best.report or "")


def _short(settings: Sequence[str]) -> list[str]:
    """The last part of each name where it is unique, because full names do not fit on the page."""
    last = [setting.rpartition(".")[2] for setting in settings]
    return [part if last.count(part) == 1 else setting for part, setting in zip(last, settings, strict=True)]
