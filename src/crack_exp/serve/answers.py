"""What the server answers, as JSON."""

from pydantic import BaseModel

from crack_exp.deployed.model import Verdict
from crack_exp.evaluation.crack_map import CrackMap, MapFigures, Tile


class VerdictAnswer(BaseModel):
    """Of one image: see `Verdict`."""

    label: str
    crack_score: float
    is_crack: bool
    probabilities: dict[str, float]
    note: str


class Answer(BaseModel):
    """Of a request: a verdict for each image, in order. threshold: from this crack score on an image is a crack."""

    threshold: float
    verdicts: list[VerdictAnswer]


class SurveyAnswer(BaseModel):
    """Of a photo: see `MapFigures`. map_jpeg: the photo, smaller, with the crack map over it, as base64."""

    threshold: float
    is_crack: bool
    highest_score: float
    cracked_share: float
    cracked_tiles: int
    runs: int
    longest_run_px: float
    longest_run_mm: float | None
    width_px: int
    height_px: int
    tile_px: int
    tiles: list[Tile]
    map_jpeg: str
    note: str


class Health(BaseModel):
    status: str
    version: str
    run_id: str
    weights_sha256: str


def verdict_answer(verdict: Verdict) -> VerdictAnswer:
    assert verdict.label is not None and verdict.crack_score is not None and verdict.is_crack is not None
    return VerdictAnswer(
        label=verdict.label,
        crack_score=verdict.crack_score,
        is_crack=verdict.is_crack,
        probabilities=dict(verdict.probabilities),
        note=verdict.note,
    )


def survey_answer(
    found: CrackMap, figures: MapFigures, threshold: float, mm_per_px: float | None, map_jpeg: str, note: str
) -> SurveyAnswer:
    return SurveyAnswer(
        threshold=threshold,
        is_crack=figures.is_crack,
        highest_score=figures.highest_score,
        cracked_share=figures.cracked_share,
        cracked_tiles=figures.cracked_tiles,
        runs=figures.runs,
        longest_run_px=figures.longest_run_px,
        longest_run_mm=None if mm_per_px is None else figures.longest_run_px * mm_per_px,
        width_px=found.width_px,
        height_px=found.height_px,
        tile_px=found.tile_px,
        tiles=list(found.tiles(threshold)),
        map_jpeg=map_jpeg,
        note=note,
    )
