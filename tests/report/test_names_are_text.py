"""What a person named is text in every table, page and plot: nothing in it is obeyed, and nothing is lost."""

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from crack_exp.report import pictures
from crack_exp.report.comparison.page import write_comparison
from crack_exp.report.comparison.plots import COMPARISON_PLOTS
from crack_exp.report.comparison.text import comparison_text
from crack_exp.report.console import as_text, console_table
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.page import write_page
from crack_exp.report.run.plots import PLOTS
from crack_exp.report.summary import summary_text
from crack_exp.report.sweep.page import Job, Sweep, sweep_text, write_sweep
from crack_exp.system.best_effort import BestEffort
from tests.hostile_names import NAMES, STEERING
from tests.report.comparison.comparisons import comparison_of, ranking_of, with_each

CLASSES = ["sound $x$", "[/crack] $y_1$", "_hidden", "<b>wide</b>"]


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements, self.text = set[str](), ""
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def sweep_of(names: list[str]) -> Sweep:
    jobs = [Job(name, {}, validation_auroc=0.9, training_seconds=1.0, other_seconds=1.0, report=name) for name in names]
    return Sweep("[/a]", jobs, [("python -m crack_exp.run", "[/b]")], was_stopped=False, compare_command="[/c]")


def unfolded(text: str) -> str:
    return "".join(text.split())


def test_no_name_vanishes_from_a_table_on_the_console() -> None:
    text = unfolded(sweep_text(sweep_of(list(NAMES))))
    for name in (*NAMES, "[/a]", "[/b]", "[/c]"):
        assert unfolded(name) in text, name


def test_headings_and_captions_of_tables_are_text() -> None:
    table = console_table("[red]a[/red] :warning:")
    table.add_column("[/b]")
    table.add_row("[c]")
    text = unfolded(as_text(table))
    assert all(one in text for one in ("[red]a[/red]:warning:", "[/b]", "[c]")), text


def test_no_name_is_an_element_of_a_page(tmp_path: Path) -> None:
    write_sweep(sweep_of([*NAMES, *STEERING]), tmp_path / "sweep.html")
    write_sweep(sweep_of(["plain"]), tmp_path / "plain.html")
    page, plain = Page(tmp_path / "sweep.html"), Page(tmp_path / "plain.html")
    assert page.elements == plain.elements and "script" not in page.elements
    for name in NAMES:
        assert name in page.text, name
    assert not re.search(r"[\x1b\u202e]", page.text)


def drawn(figure: Figure, path: Path) -> list[str]:
    """The texts of a figure as they are drawn; any warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures.write_png(figure, path)
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    assert not any(text.get_parse_math() for text in texts)
    return [text.get_text() for text in texts]


@pytest.mark.parametrize("plot", ["class_counts", "confusion_matrix", "gallery", "samples_per_class"])
def test_class_names_are_text_in_the_plots_of_a_run(
    plot: str, make_report: Callable[..., RunReport], tmp_path: Path
) -> None:
    figure = PLOTS[plot](make_report(CLASSES))
    assert figure is not None
    shown = unfolded(" ".join(drawn(figure, tmp_path / "plot.png")))
    for name in CLASSES:
        assert unfolded(name.replace("_", " ")) in shown, name


def test_class_names_are_text_on_the_page_of_a_run(make_report: Callable[..., RunReport], tmp_path: Path) -> None:
    report = make_report(CLASSES)
    write_page(replace(report, surfaces={"[/wall]": report.test}), [], tmp_path / "report.html", BestEffort("a part"))
    page = Page(tmp_path / "report.html")
    assert all(name in page.text for name in (*CLASSES, "[/wall]")) and "b" in page.elements  # of the key figures
    assert "<b>wide" not in (tmp_path / "report.html").read_text()
    assert "test, [/wall]" in summary_text({"test, [/wall]": report.test})


def test_names_of_settings_are_text_in_a_comparison(tmp_path: Path) -> None:
    names = ["data.intact=[sound]", "_hidden $x$", "<i>([/a]+)/</i>"]
    ranking = ranking_of(dict.fromkeys(names, 1.0), seeds=1)
    hostile = with_each(ranking, class_names=CLASSES, confusion=np.full((4, 4), 5.0))
    assert all(unfolded(name) in unfolded(comparison_text(comparison_of(hostile))) for name in names)
    figure = COMPARISON_PLOTS["classes"](hostile)
    assert figure is not None
    shown = unfolded(" ".join(drawn(figure, tmp_path / "classes.png")))
    assert all(unfolded(name.replace("_", " ")) in shown for name in CLASSES)
    write_comparison(comparison_of(hostile), tmp_path / "comparison.html")
    page = Page(tmp_path / "comparison.html")
    assert all(name in page.text for name in names) and "i" not in page.elements
