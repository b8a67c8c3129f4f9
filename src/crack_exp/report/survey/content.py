"""The data of a survey's page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SurveyedPhoto:
    """One photo. Figures as in `MapFigures`; longest_run_mm: None where the scale is unknown.

    tile_px: side of its tiles; map, annotated, tile_scores, polygons: its files, from the survey's folder.
    note: how reading changed it, in the words of the audit.
    problem: why it could not be surveyed, "" if it was; then all else but the name is 0, or empty.
    """

    name: str
    width_px: int
    height_px: int
    tile_px: int
    tiles: int
    cracked_tiles: int
    runs: int
    cracked_share: float
    longest_run_px: float
    longest_run_mm: float | None
    highest_score: float
    is_crack: bool
    map: str
    annotated: str
    tile_scores: str
    polygons: str
    note: str
    problem: str


def by_urgency(photos: list[SurveyedPhoto]) -> list[SurveyedPhoto]:
    """Cracked ones first, the longest run first, then the highest score; those with a problem at the end."""
    return sorted(
        photos,
        key=lambda photo: (
            bool(photo.problem),
            not photo.is_crack,
            -photo.longest_run_px,
            -photo.highest_score,
            photo.name,
        ),
    )
