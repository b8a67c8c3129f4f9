"""A comparison as a single HTML file."""

from collections.abc import Iterator
from pathlib import Path

from crack_exp.report.comparison.disagreements import disagreement_section
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.tables import (
    COSTS,
    TITLES,
    Comparison,
    cost_cell,
    difference_cells,
    figure_cell,
    shrunken_cells,
    shrunken_note,
    significance_note,
)
from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.page import write_sections
from crack_exp.report.painted import footer_below
from crack_exp.report.pictures import picture_parts, temporary_pngs
from crack_exp.report.section import Command, Lines, Section, Table, Text
from crack_exp.report.wording import counted
from crack_exp.system.best_effort import best_effort


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the page with its plots, as far as they can be made."""
    with (
        best_effort(str(path)) as effort,
        temporary_pngs(COMPARISON_PLOTS, comparison, effort, footer_below(comparison.banner)) as pictures,
    ):
        title = f"crack_exp: {counted(len(comparison.ranked), 'setting')} compared"
        write_sections(title, _headline(comparison), list(_sections(comparison, set(pictures))), pictures, path)


def _headline(comparison: Comparison) -> Headline:
    figures = []
    for one in comparison.ranked:
        values = one.figures[comparison.metric]
        spread = f"{min(values):.4f} to {max(values):.4f}, {counted(len(values), 'seed')}"
        figures.append(KeyFigure(f"{sum(values) / len(values):.4f}", spread, one.name))
    text = f"Test {TITLES[comparison.metric]}, mean over seeds. {comparison.test_set} In grey: lowest and highest seed."
    return Headline(text, figures, comparison.banner)


def _sections(comparison: Comparison, pictures: set[str]) -> Iterator[Section]:
    yield Section("Significance tests", [_pairs(comparison)])
    yield Section("Settings", [_settings(comparison)])
    yield Section("Test results", [_figures(comparison), *_costs(comparison)])
    yield disagreement_section(comparison)
    yield Section("Plots", picture_parts(COMPARISON_PLOTS, pictures))
    if comparison.excluded:
        yield Section("Excluded runs", [Lines(comparison.excluded)])
    by_id = Text("Compare exactly these runs, even after new runs are recorded:")
    yield Section("Reproduce", [Command(comparison.command), by_id, Command(comparison.same_runs)])


def _pairs(comparison: Comparison) -> Table:
    rows = [
        (
            f"{pair.second} vs. {pair.first}",
            *map(_on_one_line, difference_cells(comparison, pair)),
            comparison.conclusion(pair),
        )
        for pair in comparison.pairs
    ]
    columns = ["", f"{TITLES[comparison.metric]} difference", "p", "result"]
    return Table(columns, rows, note=significance_note(comparison), words=True)


def _settings(comparison: Comparison) -> Table:
    keys = list(comparison.ranked[0].settings)
    rows = [(key, *(one.settings[key] or "–" for one in comparison.ranked)) for key in keys]
    return Table(["", *(one.name for one in comparison.ranked)], rows, words=True)


def _figures(comparison: Comparison) -> Table:
    rows = [
        (
            one.name,
            ", ".join(one.seeds),
            _on_one_line(figure_cell(one.validation)),
            *(_on_one_line(figure_cell(one.figures[metric])) for metric in TITLES),
            *map(_on_one_line, shrunken_cells(one)),
        )
        for one in comparison.ranked
    ]
    spread = "Mean over seeds, in brackets the lowest and highest."
    notes = [spread] if any("(" in cell for row in rows for cell in row[2:]) else []
    compared, shrunken = TITLES[comparison.metric], shrunken_cells(comparison.ranked[0])
    titles = ["", "seeds", f"validation {compared}", *TITLES.values(), *[f"{compared}, shrunken"][: len(shrunken)]]
    return Table(titles, rows, note=" ".join([*notes, shrunken_note(comparison)]).rstrip(), words=True)


def _costs(comparison: Comparison) -> list[Table]:
    """A separate table, because the page is too narrow for all columns; none where no cost is known."""
    costs = [cost for cost in COSTS if any(one.known(cost) for one in comparison.ranked)]
    rows = [(one.name, *(cost_cell(one, cost) for cost in costs)) for one in comparison.ranked]
    note = (
        "Median over seeds. All else: imports, images, features, evaluation, pictures; in a sweep the first run pays "
        "for what later ones share."
    )
    return [Table(["", *(COSTS[cost] for cost in costs)], rows, note=note)] if costs else []


def _on_one_line(text: str) -> str:
    """'0.9760 (0.9721 to 0.9788)'."""
    value, _, reach = text.partition("\n")
    return f"{value} ({reach})" if reach else value
