"""The page, in a browser: a photo is dropped, its crack map appears."""

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from crack_exp.config import ServeConfig
from crack_exp.model.card import PAINTED_ONLY
from crack_exp.report.painted import PAINTED_MODEL
from tests.browser import browser
from tests.deployed_models import brightness_model, grey, png
from tests.hostile_names import NAMES
from tests.page_check import assert_whole
from tests.serve.conftest import serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

DROP = """([name, content]) => {
    const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: "image/png" }));
    document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def page(url: str) -> Iterator["Page"]:
    with browser() as context:
        opened = context.new_page()
        opened.goto(url)
        yield opened


def drop(page: "Page", name: str, content: bytes) -> None:
    page.evaluate(DROP, [name, base64.b64encode(content).decode()])


def test_a_dropped_photo_gets_its_crack_map(page: "Page") -> None:
    photo = grey(10, width=256, height=256)
    photo[:64, :64] = 250
    drop(page, "wall <b>7</b>.png", png(photo))
    answer = page.locator(".answer.crack")
    answer.wait_for()
    assert answer.locator("b").inner_text() == "wall <b>7</b>.png"
    assert "of 49 tiles over the threshold" in answer.inner_text()
    picture = answer.locator("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 256
    assert picture.get_attribute("src", timeout=1000).startswith("data:image/jpeg")  # type: ignore[union-attr]


def test_a_small_image_gets_a_verdict_and_what_is_no_image_a_reason(page: "Page") -> None:
    drop(page, "tile.png", png(grey(0)))
    answer = page.locator(".answer.intact", has_text="tile.png")
    answer.wait_for()
    assert "no crack found; score <0.001, threshold 0.5" in answer.inner_text(), "as on all other pages"
    assert answer.inner_text().endswith("most probable: intact, >99.9 %")
    drop(page, "notes.txt", b"hello")
    page.locator(".answer", has_text="not an image").wait_for()
    assert "fewest false alarms" in page.locator("#model").inner_text()


def test_the_page_is_whole_in_a_window_on_a_phone_and_on_paper(page: "Page") -> None:
    names = [*(name for name in NAMES if "/" not in name), "a_name_without_a_space_" * 10]
    for name in names:
        drop(page, f"{name}.png", png(grey(250)))
    drop(page, f"{names[-1]}.tif", b"hello")
    page.locator(".answer.crack", has_text=names[-1]).wait_for()
    page.locator(".answer", has_text="not an image").first.wait_for()
    assert_whole(page)


def test_a_model_that_saw_no_photograph_says_so(page: "Page", config: ServeConfig) -> None:
    assert page.locator("#banner").is_hidden()
    with serving(brightness_model(tested_on=f"9 test images{PAINTED_ONLY}"), config) as address:
        page.goto(address)
        page.locator("#banner", has_text=PAINTED_MODEL).wait_for()
