"""Links lead to the file that they name, whatever it is called."""

from pathlib import Path

import pytest

from crack_exp.report.headline import Headline
from crack_exp.report.page import write_sections
from crack_exp.report.section import Link, Section, Table
from tests.browser import browser

FOLDERS = ["0", "4 % wide #2?", 'it\'s "here"', "a:b", "<b>", "größer", "100%25", "${x}&amp;"]


def test_an_address_is_one_relative_path() -> None:
    assert Link("", "0/report.html").address == "0/report.html"
    assert Link("", "a:b #1?/50%.html").address == "a%3Ab%20%231%3F/50%25.html"
    assert Link("", "../it's/\udcff.html").address == "../it%27s/%FF.html"


def test_every_link_opens_its_file(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e '.[dev]'")
    for folder in FOLDERS:
        (tmp_path / "a # b" / folder).mkdir(parents=True)
        (tmp_path / "a # b" / folder / "report.html").write_text(f"<title>{FOLDERS.index(folder)}</title>")
    links = [Link(folder, f"{folder}/report.html") for folder in FOLDERS]
    page = tmp_path / "a # b" / "sweep.html"
    sections = [Section("Links", [Table(["report"], [[link] for link in links]), links[0]])]
    write_sections("links", Headline("", []), sections, {}, page)
    with browser() as context:
        context.unroute_all()
        shown = context.new_page()
        shown.goto(page.as_uri())
        assert shown.locator("a").all_inner_texts() == [*FOLDERS, FOLDERS[0]]
        for number in range(len(FOLDERS)):
            shown.locator("a").nth(number).click()
            assert shown.title() == str(number)
            shown.go_back()


def test_a_table_that_no_phone_has_room_for_is_shown_as_lists() -> None:
    counts = Table(["", "train", "validation", "test"], [("a class with a long name", "1,400", "300", "300")])
    assert not counts.is_stacked
    intervals = Table(["", "accuracy", "recall"], [("test", "97.3 (96.1 to 98.2)", "95.1 (90.2 to 98.0)")])
    assert intervals.is_stacked
    settings = Table(["setting", "value", "default"], [("data.path", "/a/" + "long" * 30, "–")], words=True)
    assert not settings.is_stacked, "words are broken into lines"


def test_the_width_of_a_link_is_that_of_its_text() -> None:
    assert not Table(["job", "report"], [("a", Link("report", "a" * 200))]).is_stacked


def test_a_table_that_no_page_has_room_for_breaks_its_intervals_into_lines() -> None:
    cells = ["100.0 % (83.9 to 100.0 %)"] * 6
    assert Table(["", *cells], [("test", *cells)]).is_tight
    assert not Table(["", *cells[:4]], [("test", *cells[:4])]).is_tight
