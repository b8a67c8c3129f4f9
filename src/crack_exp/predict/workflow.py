"""Predictions: list the images, predict them in parts, join the parts to a table, show the surest cracks."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from crack_exp.config import PredictConfig
from crack_exp.config.deployed_schema import listed
from crack_exp.data.image_io import read_thumbnail
from crack_exp.deployed.batch import going_on, open_batch, request_of
from crack_exp.deployed.from_config import deployed_model
from crack_exp.deployed.listing import Listing, count_listed, read_listing
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.next_commands import survey_alike
from crack_exp.deployed.output import PREDICTIONS, Output
from crack_exp.deployed.rows import read_rows, write_rows
from crack_exp.model.card import ModelCard
from crack_exp.predict.outcome import summed_up
from crack_exp.predict.tables import row_of, write_table
from crack_exp.report.numbers import counted
from crack_exp.report.predict.content import PredictionSummary, Row
from crack_exp.report.predict.page import write_gallery
from crack_exp.report.style import THUMBNAIL_PX
from crack_exp.system.errors import UserError, some_of
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.printed import printable
from crack_exp.system.progress import track

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Predicted:
    """The counts of a prediction, and its files; survey: the command that surveys the large images."""

    summary: PredictionSummary
    table: Path
    gallery: Path
    survey: str


def run_predictions(config: PredictConfig, listing: Listing, file: Path | None, overrides: Sequence[str]) -> Predicted:
    """Predict the listed images and write table and gallery.

    file: of the model, see `file_of_model`; overrides: those of the command.
    Raises UserError where the model or the output cannot be used.
    """
    model = deployed_model(config, file)
    facts = {"part_size": config.part_size, "format": config.format}
    request = request_of(config, model.card, listed(config.images, "images"), listing, facts)
    with open_batch(PREDICTIONS, config, request, listing, suffix=config.format) as output:
        predict_parts(model, output, config)
        predicted = join_parts(model.card, output, config, overrides)
    _log(predicted)
    return predicted


def predict_parts(model: DeployedModel, output: Output, config: PredictConfig) -> None:
    """Predict the listed images and save the rows of each part; parts that are saved already are left out."""
    total, saved = count_listed(output.listing), len(output.parts)
    done = min(saved * config.part_size, total)
    paths = islice(read_listing(output.listing), done, None)
    verdicts = track(model.predict(paths, config.batch_size, config.max_megapixels), "predicting", total - done)
    with going_on(output, done, total, "image"):
        for number in range(saved, -(-total // config.part_size)):
            write_rows(map(row_of, islice(verdicts, config.part_size)), output.part(number))
            raise_if_interrupted()


def join_parts(card: ModelCard, output: Output, config: PredictConfig, overrides: Sequence[str]) -> Predicted:
    """Write the table of all parts, and the gallery of the highest scores."""
    summary = summed_up(read_rows(output.parts), card.tile_px, config.gallery)
    write_table(read_rows(output.parts), card.class_names, output.table)
    title = f"Predictions of {some_of(listed(config.images, 'images'))}"
    survey = survey_alike(overrides, _folder_of_large(summary))
    write_gallery(summary, card, partial(_thumbnail, card.white_level), survey, title, output.page)
    return Predicted(summary, output.table, output.page, survey)


def _thumbnail(white_level: int, row: Row) -> np.ndarray | None:
    try:
        return read_thumbnail(Path(row["name"]), THUMBNAIL_PX, sha256=row["sha256"], white_level=white_level)
    except UserError:
        return None


def _folder_of_large(summary: PredictionSummary) -> str:
    """The folder of the first image that should be surveyed, "" where there is none."""
    return next((str(Path(row["name"]).parent) for row in summary.large_rows), "")


def _log(predicted: Predicted) -> None:
    """The lines that end the command."""
    summary = predicted.summary
    log.info("")
    log.info("%s: %s predicted as crack", counted(summary.images, "image"), f"{summary.cracked:,}")
    if summary.unread:
        rows = summary.unread_rows
        failed = some_of([f"{row['name']} ({row['problem']})" for row in rows])
        log.info("not read: %s", printable(failed))
    if summary.large:
        first = summary.large_rows[0]
        log.info(
            "%s much larger than the training images, e.g. %s (%d x %d px): a thin crack may vanish; survey instead:",
            *(counted(summary.large, "image"), printable(first["name"]), first["width_px"], first["height_px"]),
        )
        log.info("  %s", predicted.survey)
    if summary.misexposed:
        first = summary.misexposed_rows[0]
        log.info(
            "%s too dark or too bright, e.g. %s (%s): a crack in them may not be seen",
            *(counted(summary.misexposed, "image"), printable(first["name"]), first["note"]),
        )
    log.info("table:    %s", predicted.table)
    log.info("gallery:  %s", predicted.gallery)
