"""The images of an export: those that it is checked on, and those that int8 is calibrated on."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from crack_exp.config import ExportConfig
from crack_exp.config.deployed_schema import listed
from crack_exp.deployed.reading import read_batches
from crack_exp.deployed.sources import find_images
from crack_exp.export.conversion import INT8
from crack_exp.model.card import ModelCard
from crack_exp.report.numbers import counted
from crack_exp.run_files.images import find_run_images
from crack_exp.run_files.names import SPLIT
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.own_files import reading_own_file
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.search import find_runs

Thing = TypeVar("Thing")

REMEDY = "name a folder of photos like those of the training, e.g. images=my_photos"


@dataclass(frozen=True)
class ExportImages:
    """Files without common contents. origin: what they are, for people."""

    checked: list[Path]
    calibration: list[Path]
    origin: str


def choose_images(config: ExportConfig, card: ModelCard) -> ExportImages:
    """Those of the settings, else the model's own: test images to check, training images to calibrate.

    Raises UserError where there are none.
    """
    if config.images is not None:
        return _of_folder(config)
    if not card.run_id:
        raise UserError(f"model={config.model}: it comes without images to check its export on; {REMEDY}")
    return _of_run(config, card.run_id)


def read_all(files: Sequence[Path], card: ModelCard, batch_size: int) -> np.ndarray:
    """uint8 (n, S, S, 3): the images that can be read, as the network takes them."""
    batches = list(readable(files, card, batch_size))
    return np.concatenate(batches) if batches else np.empty((0, card.image_size_px, card.image_size_px, 3), np.uint8)


def readable(files: Sequence[Path], card: ModelCard, batch_size: int) -> Iterator[np.ndarray]:
    """Batches uint8 (n, S, S, 3), n >= 1, of the images that can be read."""
    for batch in read_batches(files, card, batch_size):
        pixels = [image.pixels for image in batch if image.pixels is not None]
        if pixels:
            yield np.stack(pixels)


def _of_folder(config: ExportConfig) -> ExportImages:
    """At most half of them for the calibration."""
    found = [Path(name) for name in find_images(listed(config.images, "images"), "images")]
    files = _shuffled(found)
    wanted = min(config.calibration_images, len(files) // 2) if config.quantize == INT8 else 0
    calibration, others = files[:wanted], files[wanted:]
    checked = list(islice(_with_other_contents(others, calibration), config.test_images))
    if not checked or (config.quantize == INT8 and not calibration):
        raise UserError(
            f"images={config.images}: {counted(len(found), 'image')} there; quantize={config.quantize} needs different "
            "ones to calibrate and to check, so name a folder with more"
        )
    return ExportImages(checked, calibration, f"images={config.images}")


def _of_run(config: ExportConfig, run_id: str) -> ExportImages:
    named = f"model={config.model}: the images of its run {run_id} are needed to check the export"
    try:
        (run,) = find_runs(config.tracking.store, ids=[run_id], setting="model")
    except UserError as error:
        raise UserError(f"{named}, but {error}; or {REMEDY}") from error
    names: dict[str, list[str]] = {"train": [], "test": []}
    with reading_own_file(Path(SPLIT), REMEDY):
        for row in run.rows(SPLIT) or []:
            names.setdefault(row["split"], []).append(row["name"])
    wanted = {"test": config.test_images, "train": config.calibration_images if config.quantize == INT8 else 0}
    files = {split: _found(run, names[split], most) for split, most in wanted.items()}
    if gone := [split for split, most in wanted.items() if most and not files[split]]:
        raise UserError(f"{named}, but its {gone[0]} images are no longer where they were; {REMEDY}")
    calibration = list(_with_other_contents(files["train"], files["test"]))
    return ExportImages(files["test"], calibration, f"test images of run {run_id}")


def _found(run: FinishedRun, names: list[str], most: int) -> list[Path]:
    """Files of some of these images of a run, at most so many."""
    return list(find_run_images(run, sorted(_shuffled(names)[:most])).values())


def _shuffled(things: Sequence[Thing]) -> list[Thing]:
    """In an order that is the same each time."""
    return random.Random(0).sample(things, len(things))


def _with_other_contents(files: Sequence[Path], others: Sequence[Path]) -> Iterator[Path]:
    """Those whose content is not among the others: copies would make the check too easy."""
    contents = {file_sha256(other) for other in others}
    return (file for file in files if not contents or file_sha256(file) not in contents)
