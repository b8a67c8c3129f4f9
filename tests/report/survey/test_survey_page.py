"""survey.html: photos by urgency, with their maps; what photos cannot show; how many false alarms to expect."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from crack_exp.report.survey.content import SurveyedPhoto, by_urgency
from crack_exp.report.survey.page import write_survey
from tests.deployed_models import brightness_network, card_of

SOUND = SurveyedPhoto(
    name="walls/sound.jpg",
    width_px=256,
    height_px=192,
    tile_px=64,
    tiles=35,
    cracked_tiles=0,
    runs=0,
    cracked_share=0.0,
    longest_run_px=0.0,
    longest_run_mm=None,
    highest_score=0.2,
    is_crack=False,
    map="photos/map.jpg",
    annotated="photos/annotated.jpg",
    tile_scores="photos/tiles.csv",
    polygons="photos/tiles.geojson",
    note="",
    problem="",
)
CRACKED = replace(SOUND, name="walls/cracked.jpg", cracked_tiles=3, runs=2, cracked_share=0.125, is_crack=True)
FAILED = replace(SOUND, name="walls/failed.jpg", tiles=0, map="", problem="truncated")


def page_of(
    photos: list[SurveyedPhoto], folder: Path, mm_per_px: float | None = None, *, draws_lines: bool = False
) -> str:
    (folder / "photos").mkdir(exist_ok=True)
    Image.new("RGB", (8, 6)).save(folder / "photos" / "map.jpg")
    card = card_of(brightness_network())
    write_survey(
        *(photos, card),
        draws_lines=draws_lines,
        mm_per_px=mm_per_px,
        title="Survey of walls",
        path=folder / "survey.html",
    )
    return (folder / "survey.html").read_text()


def test_urgent_is_cracked_then_long_then_sure_and_what_failed_comes_last() -> None:
    long = replace(CRACKED, name="long", longest_run_px=200.0, highest_score=0.6)
    sure = replace(CRACKED, name="sure", longest_run_px=90.0, highest_score=0.9)
    unsure = replace(CRACKED, name="unsure", longest_run_px=90.0, highest_score=0.8)
    too_few = replace(CRACKED, name="too few", longest_run_px=300.0, is_crack=False)
    twin = replace(SOUND, name="a twin")
    ordered = by_urgency([FAILED, SOUND, twin, too_few, unsure, long, sure])
    assert [photo.name for photo in ordered] == [
        *("long", "sure", "unsure", "too few", "a twin", "walls/sound.jpg", "walls/failed.jpg"),
    ]


def test_the_page_has_the_same_order(tmp_path: Path) -> None:
    page = page_of([FAILED, SOUND, CRACKED], tmp_path)
    shown = re.findall(r"walls/(\w+)\.jpg", page[page.index("<body") :])
    assert list(dict.fromkeys(shown)) == ["cracked", "sound", "failed"]


def test_names_are_text_and_never_part_of_the_page(tmp_path: Path) -> None:
    evil = replace(CRACKED, name='<b>x</b>.jpg" onclick="steal()')
    broken = replace(FAILED, name="<i>y</i>.jpg", problem="unreadable (<u>z</u>)")
    page = page_of([evil, broken], tmp_path)
    assert not re.search('<b>x|<i>y|<u>z|jpg" onclick', page)
    assert "&lt;b&gt;x&lt;/b&gt;.jpg" in page and "unreadable (&lt;u&gt;z&lt;/u&gt;)" in page


def test_a_photo_has_its_figures_in_words(tmp_path: Path) -> None:
    page = page_of([replace(CRACKED, longest_run_px=1234.4)], tmp_path)
    assert "longest run of marked tiles: 1,234 px<" in page or "longest run of marked tiles: 1,234 px\n" in page
    assert "12.5 % of the area under 3 marked tiles of 35, in 2 runs" in page
    assert "256 x 192 px, tiles of 64 px" in page and "crack; highest score 0.200" in page
    assert "darker than a quarter" in page_of([replace(CRACKED, note="darker than a quarter of white")], tmp_path)
    sound = page_of([SOUND], tmp_path)
    assert "no crack found; highest score 0.200" in sound and "longest run of marked tiles: none" in sound
    assert "dark" not in sound


def test_with_a_scale_lengths_are_in_mm_and_the_narrowest_crack_is_told(tmp_path: Path) -> None:
    page = page_of([replace(CRACKED, longest_run_px=100.0, longest_run_mm=40.0)], tmp_path, mm_per_px=0.4)
    assert "longest run of marked tiles: 40 mm (100 px)" in page
    assert "A pixel shows 0.4 mm of the wall. A crack narrower than about 0.2 mm, half a pixel" in page
    assert "The scale of the photos is unknown" in page_of([CRACKED], tmp_path)


def test_the_reader_is_told_how_many_tiles_would_be_marked_on_sound_walls(tmp_path: Path) -> None:
    """The card has a rate of 0.02 (0.01 to 0.05); two photos have 500 tiles each."""
    page = page_of([replace(SOUND, tiles=500), replace(CRACKED, tiles=500)], tmp_path)
    assert "about 20 (10 to 50) of 1,000 tiles would be marked if nothing were cracked" in page
    assert "no proof that a wall is sound" in page


@pytest.mark.parametrize("photos", [[], [FAILED]])
def test_without_a_surveyed_photo_there_is_still_a_page(photos: list[SurveyedPhoto], tmp_path: Path) -> None:
    page = page_of(photos, tmp_path)
    assert ("truncated" in page) == bool(photos)
    assert "tiles would be marked" not in page


def test_a_page_of_very_many_photos_leaves_the_least_urgent_to_the_table(tmp_path: Path) -> None:
    page = page_of([replace(SOUND, name=f"{number:03}.jpg") for number in range(203)], tmp_path)
    assert "199.jpg" in page and "200.jpg" not in page
    assert "3 less urgent photos are in the table" in page


def test_the_page_tells_what_the_colours_are(tmp_path: Path) -> None:
    areas, lines = page_of([CRACKED], tmp_path), page_of([CRACKED], tmp_path, draws_lines=True)
    assert "The colour is the mean score of the tiles" in areas and "The colours of the scores" in areas
    assert "colour shows where the model sees a crack" in lines and "The colours of the scores" not in lines
