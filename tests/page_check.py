"""What is wrong with a page that the program made, as somebody sees it in a window, on a phone or on paper."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Page

WINDOW_PX, PHONE_PX = 1280, 390
PAPER_PX = 718
"""A sheet of A4 with margins of 1 cm, at 96 pixels an inch."""

_SCRIPT = Path(__file__).with_suffix(".js").read_text()
_UNFOLD = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"


def assert_whole(page: "Page") -> None:
    """The open page has no problem on any of these widths."""
    found = [f"{width} px: {one}" for width in (WINDOW_PX, PHONE_PX, PAPER_PX) for one in problems(page, width)]
    assert not found, "\n".join(found[:10])


def problems(page: "Page", width_px: int) -> list[str]:
    """Each in one sentence: of the open page in a window of this width, or on paper where that is PAPER_PX.

    Wider than the window; texts or pictures over one another; text that is cut off, or runs out of its box; pictures
    without an alternative text; links that lead nowhere. What is folded is looked at folded and unfolded.
    """
    is_paper = width_px == PAPER_PX
    page.emulate_media(media="print" if is_paper else "screen")
    page.set_viewport_size({"width": width_px, "height": 900})
    folded = page.evaluate(_SCRIPT, is_paper)
    page.evaluate(_UNFOLD)
    unfolded = page.evaluate(_SCRIPT, is_paper)
    dead = [why for link in dict.fromkeys(unfolded["links"]) if (why := _dead(link, page, unfolded["ids"]))]
    return list(dict.fromkeys([*folded["found"], *unfolded["found"], *dead]))


def _dead(link: str, page: "Page", ids: list[str]) -> str:
    """Why the link leads nowhere, "" where it leads somewhere. What needs another server is not asked."""
    address, _, anchor = link.partition("#")
    if address == page.url.partition("#")[0]:
        return "" if not anchor or unquote(anchor) in ids else f"the page has no place '{anchor}'"
    parts = urlsplit(link)
    if parts.scheme == "file":
        return _dead_file(Path(unquote(parts.path)), unquote(anchor))
    if parts.scheme not in ("http", "https"):
        return f"{link} is no address of a page"
    if parts.netloc == urlsplit(page.url).netloc and not page.context.request.get(link).ok:
        return f"{link} is not served"
    return ""


def _dead_file(file: Path, anchor: str) -> str:
    if not file.exists():
        return f"there is no '{file}'"
    if anchor and f'id="{anchor}"' not in file.read_text():
        return f"'{file}' has no place '{anchor}'"
    return ""
