"""A comparison on one page that needs nothing else."""

from collections.abc import Iterator
from pathlib import Path

from crack_exp.report.comparison.divided_images import divided_images
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.tables import (
    COSTS,
    TITLES,
    Comparison,
    cost_cell,
    difference_cells,
    figure_cell,
    note,
)
from crack_exp.report.headline import Figure, Headline
from crack_exp.report.page import write_sections
from crack_exp.report.pictures import drawn, shown
from crack_exp.report.section import Command, Lines, Section, Table, Text
from crack_exp.report.wording import counted


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the page; its pictures are inside."""
    with drawn(COMPARISON_PLOTS, comparison) as pictures:
        title = f"crack_exp: {counted(len(comparison.ranked), 'setting')} compared"
        write_sections(title, _headline(comparison), list(_sections(comparison, set(pictures))), pictures, path)


def _headline(comparison: Comparison) -> Headline:
    figures = []
    for one in comparison.ranked:
        values = one.figures[comparison.metric]
        spread = f"{min(values):.4f} to {max(values):.4f}, {counted(len(values), 'seed')}"
        figures.append(Figure(f"{sum(values) / len(values):.4f}", spread, one.name))
    says = f"{TITLES[comparison.metric]} on test. {comparison.judged_on} In grey: lowest and highest seed."
    return Headline(says, figures)


def _sections(comparison: Comparison, pictures: set[str]) -> Iterator[Section]:
    yield Section("The verdict", [_pairs(comparison)])
    yield Section("What differs", [_settings(comparison)])
    yield Section("All figures on test", [_figures(comparison), *_costs(comparison)])
    yield divided_images(comparison)
    yield Section("Pictures", shown(COMPARISON_PLOTS, pictures))
    if comparison.left_out:
        yield Section("Left out", [Lines(comparison.left_out)])
    says = Text("The same runs, whatever is recorded after them:")
    yield Section("This comparison", [Command(comparison.command), says, Command(comparison.same_runs)])


def _pairs(comparison: Comparison) -> Table:
    rows = [
        (
            f"{pair.second} against {pair.first}",
            *map(_on_one_line, difference_cells(comparison, pair)),
            comparison.says(pair),
        )
        for pair in comparison.pairs
    ]
    return Table(["", TITLES[comparison.metric], "p", "verdict"], rows, note=note(comparison), words=True)


def _settings(comparison: Comparison) -> Table:
    keys = list(comparison.ranked[0].settings)
    rows = [(key, *(one.settings[key] or "–" for one in comparison.ranked)) for key in keys]
    return Table(["", *(one.name for one in comparison.ranked)], rows, words=True)


def _figures(comparison: Comparison) -> Table:
    rows = [
        (one.name, ", ".join(one.seeds), *(_on_one_line(figure_cell(one, metric)) for metric in TITLES))
        for one in comparison.ranked
    ]
    note = (
        "Mean over seeds, in brackets the lowest and highest."
        if any("(" in cell for row in rows for cell in row[2:])
        else ""
    )
    return Table(["", "seeds", *TITLES.values()], rows, note=note, words=True)


def _costs(comparison: Comparison) -> list[Table]:
    """A table of its own, since one row would not fit on the page; none where nothing is known."""
    costs = [cost for cost in COSTS if any(one.known(cost) for one in comparison.ranked)]
    rows = [(one.name, *(cost_cell(one, cost) for cost in costs)) for one in comparison.ranked]
    note = "Seconds are the median over seeds; what earlier runs kept makes later ones quicker."
    return [Table(["", *(COSTS[cost] for cost in costs)], rows, note=note)] if costs else []


def _on_one_line(text: str) -> str:
    """'0.9760 (0.9721 to 0.9788)'."""
    value, _, reach = text.partition("\n")
    return f"{value} ({reach})" if reach else value
