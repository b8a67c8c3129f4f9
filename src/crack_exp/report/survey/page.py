"""The page of a survey, survey.html: photos by urgency."""

from collections.abc import Sequence
from pathlib import Path

from crack_exp.model.card import ModelCard
from crack_exp.report.deployed import model_section
from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.numbers import counted, decimal, in_full, percent, threshold_text
from crack_exp.report.page import write_sections
from crack_exp.report.painted import banner_of_model
from crack_exp.report.pictures import temporary_pngs
from crack_exp.report.section import LargePhoto, LargePhotos, Link, Part, Picture, Section, Table, Text
from crack_exp.report.survey.content import SurveyedPhoto, by_urgency
from crack_exp.report.survey.scale import SCALE, score_scale
from crack_exp.system.best_effort import best_effort

SMALLEST_CRACK_PX = 0.5
"""A crack narrower than half a pixel changes its pixels by less than the texture of concrete does."""

MAX_PICTURES = 200
"""Photos with a picture on the page, which would grow too large to open; the others have their files."""

FILES = {"annotated": "full size, outlined", "tile_scores": "scores of tiles", "polygons": "polygons"}
"""The files of a photo, by what `SurveyedPhoto` calls them."""


def write_survey(
    photos: Sequence[SurveyedPhoto],
    card: ModelCard,
    *,
    draws_lines: bool,
    mm_per_px: float | None,
    title: str,
    path: Path,
) -> None:
    """Write the page beside the files of the photos, as far as it can be made.

    draws_lines: whether the maps show where cracks run, or the scores of tiles; mm_per_px: of the photos, None where
    unknown.
    """
    ordered = by_urgency(list(photos))
    done = [photo for photo in ordered if not photo.problem]
    scales = {} if draws_lines else {SCALE: score_scale}
    with best_effort(str(path)) as effort, temporary_pngs(scales, card.threshold, effort) as pictures:
        sections = [
            Section("How to read the maps", [*_colours(card, draws_lines), Text(_blind(mm_per_px))]),
            *_photos(done, path.parent),
            *_failed([photo for photo in ordered if photo.problem]),
            model_section(card),
        ]
        write_sections(title, _headline(done, len(ordered) - len(done), card), sections, pictures, path)


def _headline(done: Sequence[SurveyedPhoto], failed: int, card: ModelCard) -> Headline:
    cracked = sum(photo.is_crack for photo in done)
    figures = [
        KeyFigure(f"{len(done):,}", "", "photos surveyed"),
        KeyFigure(f"{cracked:,}", "", "with cracks, as the model sees it"),
        KeyFigure(f"{sum(photo.tiles for photo in done):,}", "", "tiles"),
        *([KeyFigure(f"{failed:,}", "", "could not be surveyed")] if failed else []),
    ]
    text = f"{_false_alarms(done, card)} This page is no proof that a wall is sound.".strip()
    return Headline(text, figures, banner_of_model(card))


def _false_alarms(done: Sequence[SurveyedPhoto], card: ModelCard) -> str:
    """How many tiles would be marked on intact walls: what a reader must know of many tiles."""
    rate = card.figures.get("false_alarm_rate_at_threshold")
    tiles = sum(photo.tiles for photo in done)
    if rate is None or not tiles:
        return ""
    between = "" if rate.low is None or rate.high is None else f" ({tiles * rate.low:,.0f} to {tiles * rate.high:,.0f})"
    return (
        f"At the false alarm rate on {card.tested_on}, {percent(rate.value)} %, about {tiles * rate.value:,.0f}"
        f"{between} of {tiles:,} tiles would be marked if nothing were cracked."
    )


def _colours(card: ModelCard, draws_lines: bool) -> list[Part]:
    """What the colours of the maps mean."""
    order = "Photos come by urgency: the longest run of connected marked tiles first. Click a photo to enlarge it."
    marked = f"A tile is marked from a crack score of {threshold_text(card.threshold)} on."
    if draws_lines:
        lines = (
            "In marked tiles, colour shows where the model sees a crack: orange where it is sure, yellow where it is "
            "less so. In the full size, an outline surrounds each crack."
        )
        return [Text(f"{marked} {lines} {order}")]
    areas = "The colour is the mean score of the tiles over a place; orange lines enclose the marked tiles."
    return [Text(f"{marked} {areas} {order}"), Picture(SCALE, "The colours of the scores", is_narrow=True)]


def _blind(mm_per_px: float | None) -> str:
    """What these photos cannot show."""
    if mm_per_px is None:
        return (
            "The scale of the photos is unknown, so no length is given in mm, nor which cracks are too narrow to be "
            "seen; mm_per_px=VALUE tells it."
        )
    return (
        f"A pixel shows {in_full(mm_per_px)} mm of the wall. A crack narrower than about "
        f"{SMALLEST_CRACK_PX * mm_per_px:.2g} mm, half a pixel, does not show in these photos."
    )


def _photos(done: Sequence[SurveyedPhoto], folder: Path) -> list[Section]:
    if not done:
        return []
    shown = [_large_photo(photo, folder) for photo in done[:MAX_PICTURES]]
    parts: list[Part] = [LargePhotos(shown)]
    if others := len(done) - len(shown):
        parts.append(Text(f"{counted(others, 'less urgent photo')} are in the table and in the folder '{folder}'."))
    return [Section("Photos", parts)]


def _large_photo(photo: SurveyedPhoto, folder: Path) -> LargePhoto:
    verdict = "crack" if photo.is_crack else "no crack found"
    lines = [
        f"{verdict}; highest score {decimal(photo.highest_score)}",
        f"longest run of marked tiles: {_length(photo)}",
        f"{percent(photo.cracked_share)} % of the area under {counted(photo.cracked_tiles, 'marked tile')} of "
        f"{photo.tiles:,}, in {counted(photo.runs, 'run')}",
        f"{photo.width_px:,} x {photo.height_px:,} px, tiles of {photo.tile_px:,} px",
        *([photo.note] if photo.note else []),
    ]
    files = [Link(text, getattr(photo, kind)) for kind, text in FILES.items()]
    return LargePhoto((folder / photo.map).read_bytes(), photo.name, lines, files, photo.is_crack)


def _length(photo: SurveyedPhoto) -> str:
    if not photo.cracked_tiles:
        return "none"
    pixels = f"{photo.longest_run_px:,.0f} px"
    return pixels if photo.longest_run_mm is None else f"{photo.longest_run_mm:,.0f} mm ({pixels})"


def _failed(failed: Sequence[SurveyedPhoto]) -> list[Section]:
    if not failed:
        return []
    rows = [(photo.name, photo.problem) for photo in failed]
    return [Section("Could not be surveyed", [Table(["photo", "reason"], rows, words=True)])]
