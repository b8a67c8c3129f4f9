"""The page that a run leaves: complete, small, and on its own."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from crack_exp.report import page
from crack_exp.report.page import write_page
from crack_exp.report.run import sections
from crack_exp.report.run.plots import write_plots
from crack_exp.report.run.report import RunReport
from crack_exp.report.run.sections import SECTIONS
from crack_exp.report.section import Section, Text

MakeReport = Callable[..., RunReport]
LARGEST_PAGE_BYTES = 5_000_000


def written(report: RunReport, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    write_page(report, write_plots(report, folder / "plots"), folder / "report.html")
    return (folder / "report.html").read_text()


def headings(html: str) -> list[str]:
    return re.findall("<h2>(.*?)</h2>", html)


class Addresses(HTMLParser):
    """What a browser would fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_sections_stand_in_their_order(make_report: MakeReport, tmp_path: Path) -> None:
    assert {"asked", "data", "training", "verdict", "groups", "mistakes", "layers", "environment"} <= set(SECTIONS)
    assert headings(written(make_report(["intact", "crack"]), tmp_path)) == [
        *("What was asked", "The data", "Training", "The verdict", "What it gets wrong", "The network", "Do it again"),
    ]


def test_the_page_fetches_nothing(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "hairline", "wide"]), tmp_path)
    addresses = Addresses(html)
    assert addresses.open == [] and len(addresses.found) > 10
    assert all(address.startswith("data:image/") for address in addresses.found)
    assert "http" not in html and "@import" not in html and "<script" not in html


def test_the_largest_page_fits_a_mail(make_report: MakeReport, tmp_path: Path) -> None:
    names = [f"a type of crack with a long descriptive name, number {index}" for index in range(12)]
    report = make_report(names, images=600, mistakes=300, head=120, fine_tune=80)
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    written(replace(report, read_image=lambda name: noise), tmp_path)
    assert (tmp_path / "report.html").stat().st_size < LARGEST_PAGE_BYTES


def test_what_differs_from_the_defaults_comes_first(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"]), tmp_path)
    places = [html.index(f"<td>{key}</td>") for key in ("seed", "data.path", "training.epochs")]
    assert places == sorted(places)
    assert html.index("1 settings at their defaults") < places[2]
    assert "<td>data.path</td><td>walls</td><td>–</td>" in html


def test_figures_stand_with_their_intervals(make_report: MakeReport, tmp_path: Path) -> None:
    report = make_report(["intact", "crack"], images=40, mistakes=4)
    html = written(report, tmp_path)
    low, high = report.test.intervals["accuracy"]
    assert f"<b>90.0 %</b><span>{100 * low:.1f} to {100 * high:.1f} %</span>accuracy over the classes" in html
    assert f"90.0 ({100 * low:.1f} to {100 * high:.1f})" in html


def test_where_no_photos_are_known_the_reader_is_warned_once(make_report: MakeReport, tmp_path: Path) -> None:
    known, warning = make_report(["intact", "crack"]), "Nothing tells which images show one photo or wall."
    assert warning not in written(known, tmp_path / "known")
    html = written(replace(known, groups_known=False), tmp_path / "unknown")
    assert html.count(warning) == 1 and "groups (photos, walls)" not in html


def test_every_mistake_is_shown_surest_first(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"], mistakes=4), tmp_path)
    mistakes = html[html.index("What it gets wrong") :]
    assert re.findall(r"<span>(\d+\.jpg)</span>", mistakes) == ["3.jpg", "2.jpg", "1.jpg", "0.jpg"]
    assert mistakes.count('<figure class="wrong">') == 4
    assert "4 mistakes among 24 test images, surest first" in mistakes


def test_without_a_mistake_it_says_so(make_report: MakeReport, tmp_path: Path) -> None:
    assert "None of 24 test images." in written(make_report(["intact", "crack"], mistakes=0), tmp_path)


def test_a_run_that_only_judged_has_no_curves(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"], head=0, fine_tune=0, threshold=None), tmp_path)
    assert "Nothing was trained" in html and "Accuracy and loss of training" not in html


def test_names_are_text_and_never_markup(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "<script>alert(1)</script>"]), tmp_path)
    assert "<script" not in html and "&lt;script&gt;" in html


def test_groups_are_listed_with_most_errors_first(make_report: MakeReport, tmp_path: Path) -> None:
    report = make_report(["intact", "crack"], images=24, mistakes=4)
    groups = ["good wall"] * 12 + ["bad wall"] * 12
    predictions = replace(report.test.predictions, groups=groups[::-1])
    html = written(replace(report, test=replace(report.test, predictions=predictions)), tmp_path)
    rows = re.findall("<tr><td>(.*? wall)</td><td>(.*?)</td><td>(.*?)</td></tr>", html)
    # Wilson's intervals; images 0 to 3, all on the bad wall, are called the other class.
    assert rows == [
        ("bad wall", "4 of 6 (30.0 to 90.3 %)", "2 of 6 (9.7 to 70.0 %)"),
        ("good wall", "6 of 6 (61.0 to 100.0 %)", "0 of 6 (0.0 to 39.0 %)"),
    ]


def test_a_section_is_added_by_one_function(
    make_report: MakeReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sections.SECTIONS, "calibration", lambda report: Section("Calibration", [Text("Well meant.")]))
    html = written(make_report(["intact", "crack"]), tmp_path)
    assert headings(html)[-1] == "Calibration" and "<p>Well meant.</p>" in html
    assert page.SECTIONS is sections.SECTIONS
