"""The page of predictions, gallery.html: the surest cracks first."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from crack_exp.model.card import ModelCard
from crack_exp.report.deployed import card_figure, model_section
from crack_exp.report.headline import Headline, KeyFigure
from crack_exp.report.numbers import counted, decimal, percent, threshold_text
from crack_exp.report.page import write_sections
from crack_exp.report.painted import banner_of_model
from crack_exp.report.predict.content import PredictionSummary, Row
from crack_exp.report.section import Command, Lines, Section, Table, Text, Thumbnail, Thumbnails
from crack_exp.system.best_effort import best_effort

RECALL = "recall_at_threshold"
SHOWN_PARTS = 2
"""Of the path of an image, below its picture; the table has the whole path."""

ReadThumbnail = Callable[[Row], np.ndarray | None]
"""The small image of a row, None where it cannot be read any more, or is another one by now."""


def write_gallery(
    summary: PredictionSummary, card: ModelCard, read: ReadThumbnail, survey: str, title: str, path: Path
) -> None:
    """Write the page, if it can be made; survey: the command that surveys the large images."""
    with best_effort(str(path)):
        doubtful = [_large(summary, card, survey), _misexposed(summary, card), _unread(summary)]
        sections = [_surest(summary, read), *doubtful, model_section(card)]
        write_sections(title, _headline(summary, card), [section for section in sections if section], {}, path)


def _headline(summary: PredictionSummary, card: ModelCard) -> Headline:
    read = summary.images - summary.unread
    share = f"{percent(summary.cracked / read)} % of those read" if read else ""
    figures = [
        KeyFigure(f"{summary.images:,}", "", "images"),
        KeyFigure(f"{summary.cracked:,}", share, "predicted as crack"),
        KeyFigure(f"{summary.unread:,}", "", "could not be read"),
    ]
    text = (
        f"Predicted as crack: a crack score of at least {threshold_text(card.threshold)}. {_promise(card)} "
        "This page is no proof that a wall is sound."
    )
    return Headline(text, figures, banner_of_model(card))


def _promise(card: ModelCard) -> str:
    """What the test images say of the threshold."""
    if RECALL not in card.figures:
        return ""
    return f"With it, the model found {card_figure(card, RECALL)} of the cracks on {card.tested_on}."


def _surest(summary: PredictionSummary, read: ReadThumbnail) -> Section | None:
    if not summary.surest:
        return None
    shown = [(row, image) for row in summary.surest if (image := read(row)) is not None]
    text = f"The {counted(len(shown), 'image')} with the highest crack scores, the highest first."
    if len(shown) < len(summary.surest):
        text += f" {counted(len(summary.surest) - len(shown), 'image')} cannot be shown: gone, or changed since."
    return Section("Highest crack scores", [Text(text), Thumbnails([_thumbnail(row, image) for row, image in shown])])


def _thumbnail(row: Row, image: np.ndarray) -> Thumbnail:
    """The verdict at the threshold; which class is the most probable is another question, and may seem to differ."""
    verdict = "crack" if row["is_crack"] else "no crack"
    probability = percent(row["probabilities"][row["label"]])
    name = str(Path(*Path(row["name"]).parts[-SHOWN_PARTS:]))
    lines = [
        f"{verdict}, score {decimal(row['crack_score'])}",
        f"most probable: {row['label']}, {probability}\N{NO-BREAK SPACE}%",
        name,
    ]
    return Thumbnail(image, lines, alt=f"{name}: {verdict}")


def _large(summary: PredictionSummary, card: ModelCard, survey: str) -> Section | None:
    if not summary.large:
        return None
    text = (
        f"{counted(summary.large, 'image')} much larger than the {card.tile_px} px that the model learned from. Each "
        "was reduced as a whole, and a thin crack may have vanished. Survey them in tiles instead:"
    )
    return Section(
        "Large images",
        [Text(text), Command(survey), Lines(_named(summary.large_rows, summary.large, _size))],
    )


def _unread(summary: PredictionSummary) -> Section | None:
    if not summary.unread:
        return None
    rows = [(row["name"], row["problem"]) for row in summary.unread_rows]
    others = summary.unread - len(rows)
    note = f"And {counted(others, 'other')}: see the table." if others else ""
    return Section("Could not be read", [Table(["image", "reason"], rows, note=note, words=True)])


def _misexposed(summary: PredictionSummary, card: ModelCard) -> Section | None:
    if not summary.misexposed:
        return None
    images = counted(summary.misexposed, "image")
    text = (
        f"{images} too dark or too bright. A crack in them may not be seen. In 16-bit images, the model takes the "
        f"value {card.white_level} for white."
    )
    named = _named(summary.misexposed_rows, summary.misexposed, lambda row: f"{row['name']}: {row['note']}")
    return Section("Too dark or too bright", [Text(text), Lines(named)])


def _named(rows: Sequence[Row], count: int, line: Callable[[Row], str]) -> list[str]:
    others = count - len(rows)
    return [line(row) for row in rows] + ([f"and {counted(others, 'other')}: see the table"] if others else [])


def _size(row: Row) -> str:
    return f"{row['name']}: {row['width_px']:,} x {row['height_px']:,} px"
