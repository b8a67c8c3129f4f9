"""A search on one page that needs nothing else."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from crack_exp.report.headline import Figure, Headline
from crack_exp.report.page import write_sections
from crack_exp.report.pictures import drawn, shown
from crack_exp.report.search.plots import STUDY_PLOTS
from crack_exp.report.search.tables import BEWARE, Search, figure, interval
from crack_exp.report.section import Command, Section, Table, Text


def write_search(search: Search, path: Path) -> None:
    """Write the page; its pictures are inside."""
    with drawn(STUDY_PLOTS, search) as pictures:
        title = f"crack_exp: study {search.name}"
        write_sections(title, _headline(search), list(_sections(search, set(pictures))), pictures, path)


def _headline(search: Search) -> Headline:
    if search.best is None:
        return Headline(search.says, [])
    best = Figure(figure(search.best), interval(search.best), f"{search.title}, of the best trial")
    return Headline(f"{search.says}. Chosen by validation; test images had no say.", [best])


def _sections(search: Search, pictures: set[str]) -> Iterator[Section]:
    if search.best is not None:
        easy = [Text(search.exhausted)] if search.exhausted else []
        yield Section("The best trial", [Command(search.use), *easy, Text(BEWARE), Command(search.verify)])
    yield Section("The search", shown(STUDY_PLOTS, pictures))
    yield Section("Trials", [_trials(search)])
    yield Section("This study", [Command(search.command)])


def _trials(search: Search) -> Table:
    """A column for each setting that was searched."""
    unfinished = [one for one in search.tried if one.value is None]
    searched = [setting.partition("=")[0] for one in search.tried[:1] for setting in one.settings]
    rows = [
        (
            str(one.number),
            *(dict(setting.split("=", 1) for setting in one.settings).get(key, "-") for key in searched),
            f"{figure(one)} ({interval(one)})" if one.interval else figure(one),
            str(one.epochs),
            "-" if one.seconds is None else f"{one.seconds:,.0f}",
            one.error or one.state,
        )
        for one in (*search.ranked, *unfinished)
    ]
    columns = ["trial", *_short(searched), search.title, "epochs", "seconds", ""]
    return Table(columns, rows, note="Finished trials, best first; then those that did not finish.", words=True)


def _short(settings: Sequence[str]) -> list[str]:
    """Each by its last word, where no other ends alike: more does not fit on the page."""
    last = [setting.rpartition(".")[2] for setting in settings]
    return [word if last.count(word) == 1 else setting for word, setting in zip(last, settings, strict=True)]
