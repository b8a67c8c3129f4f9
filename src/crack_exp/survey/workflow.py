"""A survey: list the photos, slide the model over each, draw its map, join the figures to a table and a page."""

import logging
import re
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from crack_exp.config import SurveyConfig
from crack_exp.config.deployed_schema import listed
from crack_exp.data.decoding import CLIPPED, DARK, UnreadableImage, decode
from crack_exp.deployed.batch import going_on, open_batch, request_of
from crack_exp.deployed.from_config import deployed_model
from crack_exp.deployed.listing import Listing, count_listed, read_listing
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.output import SURVEY, Output
from crack_exp.deployed.reading import read_content
from crack_exp.deployed.rows import read_rows, write_rows
from crack_exp.deployed.tiling import survey_photo, tile_side
from crack_exp.evaluation.crack_map import map_figures
from crack_exp.report.numbers import counted, decimal, percent
from crack_exp.report.survey.content import SurveyedPhoto, by_urgency
from crack_exp.report.survey.page import write_survey
from crack_exp.report.survey.pictures import MAX_SIDE_PX
from crack_exp.survey.files import write_photo_files
from crack_exp.system.csv_files import write_csv
from crack_exp.system.errors import some_of
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.printed import printable
from crack_exp.system.progress import track

log = logging.getLogger(__name__)


def run_survey(config: SurveyConfig, listing: Listing, file: Path | None) -> list[SurveyedPhoto]:
    """Survey the listed photos and write their files, the table and the page; returns the most urgent photo first.

    file: of the model, see `file_of_model`. Raises UserError where the model or the output cannot be used.
    """
    named = listed(config.photos, "photos")
    model = deployed_model(config, file)
    tile_px = tile_side(model.card, config.tile_px, config.mm_per_px)
    scale = {"tile_px": tile_px, "overlap": config.overlap, "mm_per_px": config.mm_per_px}
    request = request_of(config, model.card, named, listing, {**scale, "min_tiles": config.min_tiles})
    with open_batch(SURVEY, config, request, listing, suffix="csv") as output:
        survey_photos(model, tile_px, output, config)
        photos = by_urgency([SurveyedPhoto(**row) for row in read_rows(output.parts)])
        write_csv(photos, output.table)
        title = f"Survey of {some_of(named)}"
        write_survey(
            *(photos, model.card),
            draws_lines=model.draws_lines,
            mm_per_px=config.mm_per_px,
            title=title,
            path=output.page,
        )
    _log(photos, output)
    return photos


def survey_photos(model: DeployedModel, tile_px: int, output: Output, config: SurveyConfig) -> None:
    """Survey the listed photos one by one; those that are saved already are left out."""
    total, done = count_listed(output.listing), len(output.parts)
    with going_on(output, done, total, "photo"):
        for number, name in enumerate(islice(read_listing(output.listing), done, None), done):
            of_all = f"photo {number + 1} of {total}"
            photo = _surveyed(model, name, tile_px, output, config, what=of_all, stem=_stem(number, name))
            write_rows([asdict(photo)], output.part(number))
            log.info("%s: %s: %s", of_all, printable(name), _sentence(photo))
            raise_if_interrupted()


def _surveyed(
    model: DeployedModel, name: str, tile_px: int, output: Output, config: SurveyConfig, *, what: str, stem: str
) -> SurveyedPhoto:
    """Survey one photo and write its files; or the reason why that is not possible."""
    threshold = model.card.threshold
    try:
        decoded = decode(read_content(Path(name)), None, config.max_megapixels, model.card.white_level)
        photo = decoded.rgb
        if max(photo.size) > MAX_SIDE_PX:
            raise UnreadableImage(f"a side of more than {MAX_SIDE_PX:,} px; cut it into parts")
        found = survey_photo(
            model, photo, tile_px=tile_px, overlap=config.overlap, track=lambda tiles, count: track(tiles, what, count)
        )
    except UnreadableImage as error:
        return _not_surveyed(name, str(error))
    figures = map_figures(found, threshold, config.min_tiles)
    files = write_photo_files(photo, found, threshold, output.photos, stem)
    files = {kind: f"{output.photos.name}/{file}" for kind, file in files.items()}
    run_mm = None if config.mm_per_px is None else figures.longest_run_px * config.mm_per_px
    return SurveyedPhoto(
        name=name,
        width_px=found.width_px,
        height_px=found.height_px,
        tile_px=tile_px,
        **asdict(figures),
        longest_run_mm=run_mm,
        map=files["map"],
        annotated=files["annotated"],
        tile_scores=files["tile_scores"],
        polygons=files["polygons"],
        note=", ".join(decoded.notes),
        problem="",
    )


def _not_surveyed(name: str, problem: str) -> SurveyedPhoto:
    return SurveyedPhoto(name, 0, 0, 0, 0, 0, 0, 0.0, 0.0, None, 0.0, False, "", "", "", "", "", problem)


def _stem(number: int, name: str) -> str:
    """'0001_DSC_17': unique among the photos, and a safe name of a file whatever the photo is called."""
    return f"{number + 1:04d}_{re.sub(r'[^A-Za-z0-9._-]', '_', Path(name).stem)[:80]}"


def _sentence(photo: SurveyedPhoto) -> str:
    if photo.problem:
        return photo.problem
    verdict = "crack" if photo.is_crack else "no crack found"
    marked = f"{counted(photo.cracked_tiles, 'marked tile')} of {photo.tiles:,}"
    area = f"{percent(photo.cracked_share)} % of the area"
    doubts = ", ".join(note for note in (DARK, CLIPPED) if note in photo.note)
    unseen = f"; {doubts}: a crack may not be seen" if doubts else ""
    return f"{verdict}, {marked}, {area}, highest score {decimal(photo.highest_score)}{unseen}"


def _log(photos: list[SurveyedPhoto], output: Output) -> None:
    done = [photo for photo in photos if not photo.problem]
    log.info("")
    log.info("%s: %d with cracks, as the model sees it", counted(len(done), "photo"), sum(one.is_crack for one in done))
    if failed := [f"{photo.name} ({photo.problem})" for photo in photos if photo.problem]:
        log.info("not surveyed: %s", printable(some_of(failed)))
    log.info("table:  %s", output.table)
    log.info("page:   %s", output.page)
