"""A comparison as a single HTML file."""

from collections.abc import Iterator
from pathlib import Path

from crack_exp.report.comparison.content import Comparison, Ranking
from crack_exp.report.comparison.disagreements import disagreement_section
from crack_exp.report.comparison.page_tables import (
    costs_of,
    differences,
    honesty,
    legend,
    pair_tables,
    results,
    validation_and_classes,
)
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.tables import figure_lines, luck_note, main_metrics, title_of
from crack_exp.report.comparison.verdict import about_test_images, verdict
from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.numbers import counted
from crack_exp.report.page import write_sections
from crack_exp.report.painted import footer_below
from crack_exp.report.pictures import temporary_pngs
from crack_exp.report.section import Command, Lines, Part, Picture, Section, Text
from crack_exp.system.best_effort import best_effort

LONGEST_NAME = 100
"""In the headline; below it stands the whole name."""


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the page with its plots, as far as they can be made."""
    first, footer = comparison.rankings[0], footer_below(comparison.banner)
    with best_effort(str(path)) as effort, temporary_pngs(COMPARISON_PLOTS, first, effort, footer) as pictures:
        settings = sum(len(one.ranked) for one in comparison.rankings)
        title = f"crack_exp: {counted(settings, 'setting')} compared"
        write_sections(title, _headline(comparison), list(_sections(comparison, set(pictures))), pictures, path)


def _headline(comparison: Comparison) -> Headline:
    """The best setting on the first set of test images."""
    first = comparison.rankings[0]
    best = first.best
    figures = []
    for metric in main_metrics(first):
        if metric in best.figures:
            value, *lines = figure_lines(first, best, metric)
            figures.append(KeyFigure(value, "; ".join(lines), f"{best.label}: {title_of(metric)}"))
    interval = f"In grey: {100 * comparison.confidence:g} % intervals." if first.groups > 1 else ""
    sets = len(comparison.rankings)
    which = f"{counted(sets, 'set')} of test images; here the first: " if sets > 1 else ""
    about = f"On {which}{about_test_images(first)}."
    name = best.name if len(best.name) <= LONGEST_NAME else f"{best.name[:LONGEST_NAME]}…"
    sentences = [verdict(first), f"{best.label} is {name}.", about, interval]
    return Headline(" ".join(filter(None, sentences)), figures, comparison.banner)


def _sections(comparison: Comparison, pictures: set[str]) -> Iterator[Section]:
    first, *others = comparison.rankings
    yield from _sections_of(first, pictures)
    for number, ranking in enumerate(others, 2):
        yield _short_section(ranking, number)
    if comparison.alone:
        yield Section("Settings that are compared with no other", [Lines(comparison.alone)])
    if comparison.excluded:
        yield Section("Excluded runs", [Lines(comparison.excluded)])
    by_id = Text("Compare exactly these runs, even after new runs are recorded:")
    yield Section("Reproduce", [Command(comparison.command), by_id, Command(comparison.same_runs)])


def _sections_of(ranking: Ranking, drawn: set[str]) -> Iterator[Section]:
    def picture(name: str) -> list[Part]:
        alt = (COMPARISON_PLOTS[name].__doc__ or name).partition("\n")[0]
        return [Picture(name, alt, is_narrow=True)] if name in drawn else []

    about = Text(f"On {about_test_images(ranking)}.")
    test = [*results(ranking), *picture("intervals"), *validation_and_classes(ranking), *costs_of(ranking)]
    sections = [
        Section("Settings", [about, *legend(ranking), *differences(ranking)]),
        Section("Test results", test),
        Section("Significance tests", [Text(f"{verdict(ranking)} {luck_note(ranking)}"), *pair_tables(ranking)]),
        Section("Missed cracks and false alarms", picture("decisions")),
        disagreement_section(ranking),
        Section("Most probable classes", picture("classes")),
        Section("Honesty of probabilities", honesty(ranking)),
        Section("Quality and cost", picture("quality_and_cost")),
        Section("Learning curves", picture("curves")),
    ]
    yield from (section for section in sections if section.parts)


def _short_section(ranking: Ranking, number: int) -> Section:
    """Settings on other test images: as far as it takes to know whether to compare them alone."""
    parts: list[Part] = [
        Text(f"On {about_test_images(ranking)}."),
        *legend(ranking),
        *results(ranking),
        Text(f"{verdict(ranking)} These settings alone, with all tables and plots:"),
        Command(ranking.command),
    ]
    return Section(f"Test images {number}: {counted(len(ranking.ranked), 'setting')}", parts)
