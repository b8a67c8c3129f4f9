"""The check of pages finds what it is there to find, and calls a good page good."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import browser
from tests.page_check import PAPER_PX, PHONE_PX, WINDOW_PX, problems

if TYPE_CHECKING:
    from playwright.sync_api import Page

Check = Callable[..., list[str]]

DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
HIDDEN = '<div style="overflow: hidden; height: 20px"><p style="margin: 0; line-height: 20px">{}</p></div>'
SCROLLS = '<div style="overflow-x: auto"><p style="width: 900px; white-space: nowrap">{}</p></div>'
GOOD = f"""<h1 id="top" style="line-height: 1.1">A title that takes several lines on a phone, one below the other</h1>
<p>Words <b>and</b> <a href="#top">a link</a>, <a href="file.txt">a file</a>, <a href="folder">a folder</a>, and
<a href="other.html#there">a place</a> in <a href="other.html">another page</a>. شقوق في الجدار &lt;b&gt;</p>
<img src="{DOT}" alt="a dot"><details><summary>more</summary>folded</details>""" + SCROLLS.format("a wide table")


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Check]:
    """`check(body, width)`: the problems of a page with this body."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "folder").mkdir()
    (folder / "file.txt").touch()
    (folder / "other.html").write_text('<p id="there">')

    def look(body: str, width_px: int = WINDOW_PX) -> list[str]:
        (folder / "page.html").write_text(f'<!doctype html><meta charset="utf-8"><body>{body}')
        page.goto((folder / "page.html").as_uri())
        return problems(page, width_px)

    with browser() as context:
        page: Page = context.new_page()
        yield look


@pytest.mark.parametrize("width_px", [WINDOW_PX, PHONE_PX])
def test_a_good_page_has_no_problem(check: Check, width_px: int) -> None:
    assert check(GOOD, width_px) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<p style="width: 1300px">wide</p>', "the page is 1308 px wide in a window of 1280: <p"),
        (HIDDEN.format('<span style="margin-left: 1300px">wide</span>'), "'wide' is cut off"),
        (HIDDEN.format("low<br>er"), "'er' is cut off by <div"),
        ('<p style="margin-left: -3em">left</p>', "'left' begins outside the page"),
        ('<p style="width: 2em">unbreakable</p>', "'unbreakable' sticks out of its <p>"),
        ('<p>one</p><p style="margin-top: -2em">two</p>', "'one' and 'two' overlap"),
        (f'<img src="{DOT}" alt="a dot" width="50" height="50"><p style="margin-top: -2em">x</p>', "a dot' and 'x'"),
        (f'<img src="{DOT}" alt=" ">', "a picture has no alternative text"),
        ('<img src="gone.png" alt="gone">', "a picture does not load: gone"),
        ("<svg width=20 height=20></svg>", "a drawing has no alternative text: <svg>"),
        ('<a href="#nowhere">x</a>', "the page has no place 'nowhere'"),
        ('<a href="gone%20away/">x</a>', "gone away'"),
        ('<a href="other.html#nowhere">x</a>', "other.html' has no place 'nowhere'"),
        ('<a href="javascript:void(0)">x</a>', "javascript:void(0) is no address of a page"),
        ('<a href="file.txt"></a>', "a link has no words"),
        ('<p id="a">1</p><p id="a">2</p>', "two elements have the id 'a'"),
        ('<label for="gone">x</label>', 'for="gone": no such element'),
        ('<details><summary>more</summary><p style="width: 2em">folded</p></details>', "'folded' sticks out"),
    ],
)  # fmt: skip
def test_each_problem_is_found_and_no_other(check: Check, body: str, problem: str) -> None:
    (found,) = check(body)
    assert problem in found


def test_what_scrolls_on_a_screen_is_cut_off_on_paper(check: Check) -> None:
    body = SCROLLS.format("a wide table " * 8)
    assert check(body) == []
    (found,) = check(body, PAPER_PX)
    assert "is cut off by <div" in found
