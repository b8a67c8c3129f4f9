"""A comparison as a single HTML file."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from crack_exp.report.comparison.content import FEW, ComparedSetting, Comparison, Ranking
from crack_exp.report.comparison.disagreements import disagreement_section
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.tables import (
    COSTS,
    TITLES,
    cost_cell,
    difference_lines,
    figure_lines,
    figures_note,
    luck_note,
    main_metrics,
    p_cell,
    shrunken_note,
    significance_note,
    title_of,
    validation_cell,
)
from crack_exp.report.comparison.verdict import about_test_images, folded_away, shown, verdict
from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.page import write_sections
from crack_exp.report.painted import footer_below
from crack_exp.report.pictures import temporary_pngs
from crack_exp.report.section import Command, Lines, Part, Picture, Section, Table, Text
from crack_exp.report.wording import counted
from crack_exp.system.best_effort import best_effort

LONGEST_NAME = 100
"""In the headline; below it stands the whole name."""


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the page with its plots, as far as they can be made."""
    plots = {
        _plot(name, number): partial(_draw, draw, ranking)
        for number, ranking in enumerate(comparison.rankings)
        for name, draw in COMPARISON_PLOTS.items()
    }
    footer = footer_below(comparison.banner)
    with best_effort(str(path)) as effort, temporary_pngs(plots, comparison, effort, footer) as pictures:
        settings = sum(len(one.ranked) for one in comparison.rankings)
        title = f"crack_exp: {counted(settings, 'setting')} compared"
        write_sections(title, _headline(comparison), list(_sections(comparison, set(pictures))), pictures, path)


def _plot(name: str, ranking: int) -> str:
    return f"{name}_{ranking}"


def _draw(draw: Callable[[Ranking], Figure | None], ranking: Ranking, _: Comparison) -> Figure | None:
    return draw(ranking)


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
    several = len(comparison.rankings) > 1
    for number, ranking in enumerate(comparison.rankings):
        drawn = {name for name in COMPARISON_PLOTS if _plot(name, number) in pictures}
        for section in _sections_of(ranking, number, drawn):
            title = f"Test images {number + 1}: {section.title}" if several else section.title
            if section.parts:
                yield Section(title, section.parts)
    if comparison.alone:
        yield Section("Settings that are compared with no other", [Lines(comparison.alone)])
    if comparison.excluded:
        yield Section("Excluded runs", [Lines(comparison.excluded)])
    by_id = Text("Compare exactly these runs, even after new runs are recorded:")
    yield Section("Reproduce", [Command(comparison.command), by_id, Command(comparison.same_runs)])


def _sections_of(ranking: Ranking, number: int, drawn: set[str]) -> Iterator[Section]:
    def pictures(*names: str) -> list[Part]:
        return [
            Picture(_plot(name, number), (COMPARISON_PLOTS[name].__doc__ or name).partition("\n")[0], is_narrow=True)
            for name in names
            if name in drawn
        ]

    figures = [title_of(metric) for metric in main_metrics(ranking)]
    results = _in_two(ranking, figures, _figures, note=f"{figures_note(ranking)} {shrunken_note(ranking)}".rstrip())
    yield Section("Settings", [Text(f"On {about_test_images(ranking)}."), *_legend(ranking), *_differences(ranking)])
    yield Section("Test results", [*results, *pictures("intervals"), *_classes(ranking), *_costs(ranking)])
    yield Section("Significance tests", [Text(f"{verdict(ranking)} {luck_note(ranking)}"), *_pairs(ranking)])
    yield Section("Missed cracks and false alarms", pictures("decisions"))
    yield disagreement_section(ranking)
    yield Section("Classes by the largest probability", pictures("classes"))
    yield Section("Quality and cost", pictures("quality_and_cost"))
    yield Section("Learning curves", pictures("curves"))


Row = Callable[[Ranking, ComparedSetting], Sequence[str]]


def _in_two(ranking: Ranking, columns: Sequence[str], row: Row, *, note: str = "", words: bool = False) -> list[Part]:
    """A row for each setting; of many settings, those that are not among the first in a second table, folded."""

    def table(settings: Sequence[ComparedSetting], note: str, fold: str | None) -> Table:
        rows = [(one.label, *row(ranking, one)) for one in settings]
        return Table(["", *columns], rows, note=note, words=words, labels=True, fold=fold)

    others = folded_away(ranking)
    folded = [table(others, "", counted(len(others), "other setting"))] if others else []
    return [table(shown(ranking), note, None), *folded]


def _figures(ranking: Ranking, one: ComparedSetting) -> list[str]:
    return ["\n".join(figure_lines(ranking, one, metric)) for metric in main_metrics(ranking)]


def _legend(ranking: Ranking) -> list[Part]:
    return _in_two(ranking, ["differs in"], lambda _, one: [f"{one.name}\n{_seeds(one)}"], words=True)


def _seeds(one: ComparedSetting) -> str:
    """'seeds 1, 2, 3'."""
    return f"seed{'s' if len(one.seeds) > 1 else ''} {', '.join(one.seeds)}"


def _differences(ranking: Ranking) -> list[Part]:
    """Which setting has which value, of every one that differs."""
    rows = []
    for key in ranking.best.settings:
        labels: dict[str, list[str]] = {}
        for one in ranking.ranked:
            labels.setdefault(one.settings[key] or "–", []).append(one.label)
        rows.append((key, "\n".join(f"{', '.join(of)}: {value}" for value, of in labels.items())))
    fold = f"{counted(len(rows), 'setting')} that differ{'s' if len(rows) == 1 else ''}: all values"
    return [Table(["", "values"], rows, words=True, fold=fold)] if rows else []


def _classes(ranking: Ranking) -> list[Part]:
    """The other figures: of classes and probabilities."""
    metrics = [metric for metric in TITLES if metric not in main_metrics(ranking)]
    compared = title_of(ranking.metric)

    def row(ranking: Ranking, one: ComparedSetting) -> list[str]:
        figures = ("\n".join(figure_lines(ranking, one, metric)) for metric in metrics)
        return [validation_cell(ranking, one), *figures]

    note = "By the largest probability: accuracy and macro F1."
    return _in_two(ranking, [f"{compared} on validation", *map(title_of, metrics)], row, note=note)


def _costs(ranking: Ranking) -> list[Part]:
    """A separate table, because the page is too narrow for all columns."""
    costs = [cost for cost in COSTS if any(one.known(cost) for one in ranking.ranked)]

    def row(_: Ranking, one: ComparedSetting) -> list[str]:
        return [cost_cell(one, cost) for cost in costs]

    note = (
        "Median over seeds. All else: imports, images, features, evaluation, pictures; in a sweep the first run pays "
        "for what later ones share."
    )
    return _in_two(ranking, [COSTS[cost] for cost in costs], row, note=note) if costs else []


def _pairs(ranking: Ranking) -> list[Part]:
    """All pairs of a few settings; of many, those of the best setting, and all in a folded table."""
    best, note = ranking.best.label, significance_note(ranking)
    if len(ranking.ranked) <= FEW:
        return [_pair_table(ranking, lambda first, second: True, note)]
    kept = {one.label for one in shown(ranking)}
    return [
        _pair_table(ranking, lambda first, second: best in (first, second) and {first, second} <= kept, note),
        _pair_table(ranking, lambda first, second: True, fold=f"all {counted(len(ranking.pairs), 'pair')}"),
    ]


def _pair_table(
    ranking: Ranking, is_shown: Callable[[str, str], bool], note: str = "", fold: str | None = None
) -> Table:
    rows = [
        (
            f"{pair.second} − {pair.first}",
            "\n".join(difference_lines(ranking, pair)),
            p_cell(ranking, pair),
            ranking.conclusion(pair),
        )
        for pair in ranking.pairs
        if is_shown(pair.first, pair.second)
    ]
    columns = ["", f"{title_of(ranking.metric)} difference", "p", "result"]
    return Table(columns, rows, note=note, words=True, labels=True, fold=fold)
