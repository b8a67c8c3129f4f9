"""gallery.html: the surest cracks first, what could not be read, what should be surveyed, and the model."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crack_exp.predict.outcome import summed_up
from crack_exp.report.predict.content import Row
from crack_exp.report.predict.page import write_gallery
from tests.deployed_models import brightness_network, card_of


def row(name: str, score: float | None, problem: str = "", side_px: int = 64) -> dict[str, Any]:
    return {
        "name": name,
        "label": None if score is None else "hairline",
        "crack_score": score,
        "is_crack": None if score is None else score >= 0.5,
        "probabilities": {} if score is None else {"intact": 1 - score, "hairline": score, "wide": 0.0},
        "width_px": side_px,
        "height_px": side_px,
        "sha256": "ab" * 32,
        "problem": problem,
        "note": "",
    }


def page_of(rows: list[dict[str, Any]], folder: Path, shown: int = 60, gone: str = "") -> str:
    """The page's text; gone: an image that cannot be read any more."""

    def read(row: Row) -> np.ndarray | None:
        return None if row["name"] == gone else np.zeros((4, 4, 3), np.uint8)

    summary = summed_up(rows, tile_px=64, shown=shown)
    card = card_of(brightness_network())
    write_gallery(summary, card, read, "python -m crack_exp.survey photos='a b'", "Predictions", folder / "page.html")
    return (folder / "page.html").read_text()


def names_in(page: str) -> list[str]:
    return re.findall(r"[ >](\w+)\.jpg", page[page.index("<body") :])


def test_the_surest_cracks_come_first_and_equal_ones_in_their_order(tmp_path: Path) -> None:
    rows = [row("b.jpg", 0.2), row("c.jpg", 0.9), row("d.jpg", 0.9), row("e.jpg", 0.95), row("f.jpg", None, "empty")]
    assert names_in(page_of(rows, tmp_path, shown=3)) == ["e", "c", "d", "f"]


def test_names_are_text_and_never_part_of_the_page(tmp_path: Path) -> None:
    evil = "<b>x</b>.jpg"
    rows = [row(evil, 0.9, side_px=640), row("<i>y</i>.jpg", None, "unreadable (<u>z</u>)")]
    page = page_of(rows, tmp_path)
    assert not re.search("<b>x|<i>y|<u>z", page)
    assert page.count("&lt;b&gt;x&lt;/b&gt;.jpg") == 3, "as surest, with its picture's description, and as large"
    assert "unreadable (&lt;u&gt;z&lt;/u&gt;)" in page


def test_each_image_has_its_verdict_score_class_and_name(tmp_path: Path) -> None:
    page = page_of([row("a.jpg", 0.875), row("b.jpg", 0.25)], tmp_path)
    assert "crack, score 0.875" in page and "no crack, score 0.250" in page
    assert "most probable: hairline, 87.5\N{NO-BREAK SPACE}%" in page
    assert 'alt="a.jpg: crack"' in page and 'alt="b.jpg: no crack"' in page


def test_the_headline_counts_and_promises_no_more_than_the_test_images_showed(tmp_path: Path) -> None:
    page = page_of([row("a.jpg", 0.9), row("b.jpg", 0.1), row("c.jpg", 0.1), row("d.jpg", None, "empty")], tmp_path)
    assert "33.3 % of those read" in page
    assert "a crack score of at least 0.5." in page
    found = "the model found 95.0 % (95 % interval 90.0 to 98.0 %)"
    assert f"{found} of the cracks on 100 test images of data=folder" in page
    assert "This page is no proof that a wall is sound." in page


def test_an_image_that_is_gone_is_counted(tmp_path: Path) -> None:
    page = page_of([row("a.jpg", 0.9), row("b.jpg", 0.8)], tmp_path, gone="a.jpg")
    assert (
        "The 1 image with the highest crack scores" in page
        and "1 image cannot be shown: gone, or changed since" in page
    )


@pytest.mark.parametrize(("side_px", "is_large"), [(191, False), (192, True)])
def test_images_of_three_times_the_training_size_come_with_a_survey(
    side_px: int, is_large: bool, tmp_path: Path
) -> None:
    page = page_of([row("a.jpg", 0.9, side_px=side_px)], tmp_path)
    assert ("python -m crack_exp.survey photos=&#39;a b&#39;" in page) == is_large
    assert ("1 image much larger than the 64 px that the model learned from" in page) == is_large


def test_of_many_bad_files_some_are_named_and_all_are_counted(tmp_path: Path) -> None:
    page = page_of([row(f"{number}.jpg", None, "empty file") for number in range(60)], tmp_path)
    assert names_in(page) == [str(number) for number in range(50)]
    assert "And 10 others: see the table." in page


def test_without_a_readable_image_there_is_still_a_page(tmp_path: Path) -> None:
    page = page_of([row("a.jpg", None, "empty file")], tmp_path)
    assert "Highest crack scores" not in page and "empty file" in page
    assert "0" in page_of([], tmp_path)


def test_the_model_and_its_figures_stand_below(tmp_path: Path) -> None:
    page = page_of([row("a.jpg", 0.9)], tmp_path)
    assert "intact (no crack), hairline, wide" in page
    assert "95.0 % (95 % interval 90.0 to 98.0 %)" in page and "100 test images" in page
    assert "64 px a side, scale unknown; read at 32 px" in page and "python -m crack_exp.run seed=7" in page
