"""The page of a run: complete, small, self-contained."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from crack_exp.report.run import page, sections
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.page import write_page
from crack_exp.report.run.plots import write_plots
from crack_exp.report.run.sections import SECTIONS
from crack_exp.report.section import Section, Text
from crack_exp.system.best_effort import BestEffort

MakeReport = Callable[..., RunReport]
LARGEST_PAGE_BYTES = 5_000_000


def written(report: RunReport, folder: Path, plots: bool = False) -> str:
    """The page of `report`. Plots take most of the time, and few tests look at them."""
    folder.mkdir(exist_ok=True)
    effort = BestEffort("report.html")
    drawn = write_plots(report, folder / "plots", effort) if plots else []
    write_page(report, drawn, folder / "report.html", effort)
    assert not effort.left_out
    return (folder / "report.html").read_text()


def headings(html: str) -> list[str]:
    return re.findall("<h2>(.*?)</h2>", html)


class Addresses(HTMLParser):
    """The addresses that a browser would fetch."""

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


def test_the_sections_are_in_order(make_report: MakeReport, tmp_path: Path) -> None:
    assert {"settings", "data", "training", "results", "groups", "calibration", "misclassified", "layers"} <= set(
        SECTIONS
    )
    assert headings(written(make_report(["intact", "crack"]), tmp_path)) == [
        *("Settings", "Data", "Training", "Results", "Where cracks are rare", "Are the probabilities honest?"),
        *("Errors", "Network", "Reproduce"),
    ]


def test_the_page_fetches_nothing(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "hairline", "wide"]), tmp_path, plots=True)
    addresses = Addresses(html)
    assert addresses.open == [] and len(addresses.found) > 10
    assert all(address.startswith("data:image/") for address in addresses.found)
    assert "http" not in html and "@import" not in html and "<script" not in html


def test_the_largest_page_is_small_enough_for_mail(make_report: MakeReport, tmp_path: Path) -> None:
    names = [f"a type of crack with a long descriptive name, number {index}" for index in range(12)]
    report = make_report(names, images=600, errors=300, head=120, fine_tune=80)
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    written(replace(report, read_image=lambda name: noise), tmp_path, plots=True)
    assert (tmp_path / "report.html").stat().st_size < LARGEST_PAGE_BYTES


def test_changed_settings_come_first(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"]), tmp_path)
    places = [html.index(f"<td>{key}</td>") for key in ("seed", "data.path", "training.epochs")]
    assert places == sorted(places)
    assert html.index("1 setting with default value") < places[2]
    assert "<td>data.path</td><td>walls</td><td>–</td>" in html


def test_figures_have_their_intervals(make_report: MakeReport, tmp_path: Path) -> None:
    report = make_report(["intact", "crack"], images=40, errors=4)
    html = written(report, tmp_path)
    low, high = report.test.intervals["recall_at_threshold"]
    between = f"{100 * low:.1f} to {100 * high:.1f} %"
    assert f"<b>90.0 %</b><span>{between}</span>cracks found (recall)</div>" in html
    assert f"90.0 % ({between})" in html


def test_unknown_groups_are_reported_once(make_report: MakeReport, tmp_path: Path) -> None:
    known, warning = make_report(["intact", "crack"]), "It is not known which images show the same photo or wall."
    assert warning not in written(known, tmp_path / "known")
    html = written(replace(known, groups_known=False), tmp_path / "unknown")
    assert html.count(warning) == 1 and "groups (photos, walls)" not in html


def test_every_error_is_shown_missed_cracks_first_and_the_surest_of_each(
    make_report: MakeReport, tmp_path: Path
) -> None:
    html = written(make_report(["intact", "crack"], errors=4), tmp_path)
    errors = html[html.index("<h2>Errors") :]
    # Cracks have odd numbers, and the model is surer of higher ones.
    assert re.findall(r"<span>(\d+\.jpg)</span>", errors) == ["3.jpg", "1.jpg", "2.jpg", "0.jpg"]
    assert errors.count('<figure class="wrong">') == 4
    assert "2 missed cracks in 24 test images, lowest crack score first" in errors
    assert "2 false alarms in 24 test images, highest crack score first" in errors


def test_the_errors_are_those_at_the_threshold(make_report: MakeReport, tmp_path: Path) -> None:
    # At a threshold of 0.05 every image is called cracked: 12 false alarms, although 10 of them are of the right class.
    html = written(make_report(["intact", "crack"], errors=4, threshold=0.05), tmp_path)
    assert "No missed crack in 24 test images." in html and "12 false alarms in 24 test images" in html


def test_another_class_stands_apart_from_the_decision(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "fine", "wide"], errors=3), tmp_path)
    assert "3 images whose most probable class is not their label in 24 test images" in html


def test_without_errors_a_sentence_is_shown(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"], errors=0), tmp_path)
    assert "No missed crack in 24 test images." in html and "No false alarm in 24 test images." in html


def test_the_promise_of_the_threshold_stands_on_the_page(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"]), tmp_path)
    assert "With an assurance of 95.0 %, at least 95.0 % of the cracks are found in images like the 59" in html


def test_probabilities_are_shown_before_and_after_calibration(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"]), tmp_path)
    assert ">before calibration</t" in html and ">calibrated</t" in html
    assert "divided by the temperature 1.250" in html


def test_a_run_without_training_has_no_curves(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "crack"], head=0, fine_tune=0), tmp_path, plots=True)
    assert "The model was not trained" in html and "Accuracy and loss of training" not in html


def test_names_are_escaped(make_report: MakeReport, tmp_path: Path) -> None:
    html = written(make_report(["intact", "<script>alert(1)</script>"]), tmp_path)
    assert "<script" not in html and "&lt;script&gt;" in html


def test_groups_are_sorted_by_error_rate(make_report: MakeReport, tmp_path: Path) -> None:
    report = make_report(["intact", "crack"], images=24, errors=4)
    groups = ["good wall"] * 12 + ["bad wall"] * 12
    predictions = replace(report.test.predictions, groups=groups[::-1])
    html = written(replace(report, test=replace(report.test, predictions=predictions)), tmp_path)
    rows = re.findall("<tr><td.*?>(.*? wall)</td><td.*?>(.*?)</td><td.*?>(.*?)</td></tr>", html)
    # Wilson's intervals; images 0 to 3, all on the bad wall, are predicted as the other class.
    assert rows == [
        ("bad wall", "4 of 6 (30.0 to 90.3 %)", "2 of 6 (9.7 to 70.0 %)"),
        ("good wall", "6 of 6 (61.0 to 100.0 %)", "0 of 6 (0.0 to 39.0 %)"),
    ]
    # Of two walls, the next is the worst of three with a chance of 1 in 3.
    assert "a crack recall of at least 66.7 %" in html and "with 66 % confidence, from 2 groups" in html


def test_one_wall_tells_nothing_of_the_next(make_report: MakeReport, tmp_path: Path) -> None:
    report = make_report(["intact", "crack"])
    one_wall = replace(report.test.predictions, groups=["north"] * 24)
    html = written(replace(report, test=replace(report.test, predictions=one_wall)), tmp_path)
    assert "What one more photo or wall will show is not known" in html


def test_a_section_is_added_by_one_function(
    make_report: MakeReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sections.SECTIONS, "own", lambda report: Section("Own", [Text("As expected.")]))
    html = written(make_report(["intact", "crack"]), tmp_path)
    assert headings(html)[-1] == "Own" and "<p>As expected.</p>" in html
    assert page.SECTIONS is sections.SECTIONS
