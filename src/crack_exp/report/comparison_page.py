"""A comparison on one page that needs nothing else."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from crack_exp.report.comparison import TITLES, Comparison, cells, difference_cells, note
from crack_exp.report.comparison_plots import COMPARISON_PLOTS
from crack_exp.report.headline import Figure, Headline
from crack_exp.report.page import write_sections
from crack_exp.report.plots import write_png
from crack_exp.report.section import Command, Lines, Picture, Section, Table
from crack_exp.report.wording import counted

SAYS = {
    "curves": "Validation accuracy and loss of each setting over the epochs.",
    "quality_and_cost": "What each run reached on test, and how long it took.",
}


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write the page; its pictures are inside."""
    with TemporaryDirectory() as place:
        pictures = {}
        for name, draw in COMPARISON_PLOTS.items():
            if (figure := draw(comparison)) is not None:
                pictures[name] = Path(place, f"{name}.png")
                write_png(figure, pictures[name])
        title = f"crack_exp: {counted(len(comparison.contenders), 'setting')} compared"
        write_sections(title, _headline(comparison), list(_sections(comparison, set(pictures))), pictures, path)


def _headline(comparison: Comparison) -> Headline:
    figures = []
    for one in comparison.contenders:
        values = one.figures[comparison.metric]
        spread = f"{min(values):.4f} to {max(values):.4f}, {counted(len(values), 'seed')}"
        figures.append(Figure(f"{sum(values) / len(values):.4f}", spread, one.name))
    says = (
        f"{TITLES[comparison.metric]} on {comparison.images:,} test images of {comparison.groups:,} groups, best first."
    )
    return Headline(f"{says} In grey: lowest and highest seed.", figures)


def _sections(comparison: Comparison, drawn: set[str]) -> Iterator[Section]:
    yield Section("The verdict", [_pairs(comparison)])
    yield Section("What differs", [_settings(comparison)])
    yield Section("All figures on test", [_figures(comparison)])
    yield Section("Pictures", [Picture(name, SAYS[name]) for name in COMPARISON_PLOTS if name in drawn])
    if comparison.left_out:
        yield Section("Left out", [Lines(comparison.left_out)])
    yield Section("This comparison", [Command(comparison.command)])


def _pairs(comparison: Comparison) -> Table:
    rows = [
        (
            f"{pair.second} against {pair.first}",
            *_on_one_line(difference_cells(comparison, pair)),
            comparison.says(pair),
        )
        for pair in comparison.pairs
    ]
    return Table(["", TITLES[comparison.metric], "p", "verdict"], rows, note=note(comparison), words=True)


def _settings(comparison: Comparison) -> Table:
    keys = list(comparison.contenders[0].settings)
    rows = [(key, *(one.settings[key] or "–" for one in comparison.contenders)) for key in keys]
    return Table(["", *(one.name for one in comparison.contenders)], rows, words=True)


def _figures(comparison: Comparison) -> Table:
    rows = []
    for one in comparison.contenders:
        figures = [_on_one_line(cells(one, metric))[0] for metric in TITLES]
        rows.append((one.name, ", ".join(one.seeds), *figures, cells(one, comparison.metric)[1]))
    return Table(["", "seeds", *TITLES.values(), "seconds"], rows, words=True)


def _on_one_line(texts: tuple[str, str]) -> list[str]:
    """'0.9760 (0.9721 to 0.9788)'."""
    lines = [text.partition("\n") for text in texts]
    return [f"{value} ({reach})" if reach else value for value, _, reach in lines]
