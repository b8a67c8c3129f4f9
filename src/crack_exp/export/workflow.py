"""An export: load the model, convert it, compare the file with the model on images, keep it if they agree."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crack_exp.config import ExportConfig
from crack_exp.config.deployed_schema import Tolerance
from crack_exp.deployed.from_config import deployed_model
from crack_exp.deployed.model import DeployedModel
from crack_exp.export.agreement import Agreement, compare, compare_resizing
from crack_exp.export.conversion import INT8, Conversion, Converted, Forward, in_and_out, with_fixed_names
from crack_exp.export.formats import Format, chosen_format
from crack_exp.export.images import ExportImages, choose_images, read_all
from crack_exp.export.output import REPORT, output_folder, unfinished_folder
from crack_exp.export.summary import next_command, summary_text
from crack_exp.model.card import to_json
from crack_exp.report.numbers import counted
from crack_exp.run_files.names import MODEL_CARD
from crack_exp.system.errors import UserError
from crack_exp.system.quiet_start import quiet_start

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exported:
    """path: the file, or the folder of a SavedModel, in `folder`; resizing: None where the file cannot resize."""

    folder: Path
    path: Path
    size_mb: float
    agreement: Agreement
    resizing: Agreement | None


def run_export(config: ExportConfig, file: Path | None) -> Exported:
    """Write the model in `file` in the format of the settings, with its card.

    Raises UserError where the settings cannot be fulfilled, or the file does not agree with the model; then no file is
    left.
    """
    _check_engine(config)
    to_format = chosen_format(config.format, config.quantize)
    folder = output_folder(config.output, config.overwrite)
    model = deployed_model(config, file)
    images = choose_images(config, model.card)
    with unfinished_folder(folder) as unfinished:
        converted = convert(model, to_format, images, config, unfinished)
        exported = check(model, converted, images, config, folder)
        (unfinished / MODEL_CARD).write_text(to_json(model.card))
        (unfinished / REPORT).write_text(json.dumps(_report(exported, images, config), indent=2))
    _log(exported, config)
    return exported


def convert(
    model: DeployedModel, to_format: Format, images: ExportImages, config: ExportConfig, folder: Path
) -> Converted:
    """Write the file into `folder`."""
    calibration = read_all(images.calibration, model.card, config.batch_size)
    if config.quantize == INT8:
        if not len(calibration):
            raise UserError(f"model={config.model}: none of the images to calibrate int8 on can be read; see images=")
        log.info("calibrating on %s", counted(len(calibration), "image"))
    with quiet_start():
        return to_format.convert(
            Conversion(with_fixed_names(model.network), model.card, config.quantize, calibration), folder
        )


def check(
    model: DeployedModel, converted: Converted, images: ExportImages, config: ExportConfig, folder: Path
) -> Exported:
    """Compare the file with the model. Raises UserError where they do not agree."""
    own = _keras_forward(model)
    log.info("comparing with Keras in float32 on %s (%s)", counted(len(images.checked), "image"), images.origin)
    agreement = compare(own, converted.forward, images.checked, model.card, config.batch_size)
    if not agreement.images:
        raise UserError(f"model={config.model}: none of the images to check the export on can be read; see images=")
    any_size = converted.forward_any_size
    resizing = any_size and compare_resizing(own, any_size, images.checked, model.card)
    size_mb = _size_mb(converted.files)
    log.info("%s\n", summary_text(agreement, resizing, size_mb, config))  # also before it is refused
    _refuse(agreement, config, config.quantize, getattr(config.tolerance, config.quantize))
    if resizing:
        _refuse(resizing, config, "resizing", config.tolerance.resizing)
    return Exported(folder, folder / converted.path.name, size_mb, agreement, resizing)


def _keras_forward(model: DeployedModel) -> Forward:
    """As it was trained, layer by layer: nothing that a conversion changes is shared with it."""
    predict = in_and_out(model.network).predict_on_batch
    return lambda pixels: np.asarray(predict(pixels))


def _check_engine(config: ExportConfig) -> None:
    for key, value in (("engine", "keras"), ("precision", "float32")):
        if (given := getattr(config, key)) != value:
            raise UserError(f"{key}={given}: an export is compared with Keras in float32; leave this setting out")


def _refuse(agreement: Agreement, config: ExportConfig, kind: str, tolerance: Tolerance) -> None:
    if why := agreement.why_refused(tolerance):
        raise UserError(
            f"format={config.format} with quantize={config.quantize}: the file does not agree with the model"
            f"{' for images that it resizes itself' if kind == 'resizing' else ''}: {why} (tolerance.{kind}); it was "
            "deleted, choose another format or quantize"
        )


def _size_mb(paths: list[Path]) -> float:
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def _report(exported: Exported, images: ExportImages, config: ExportConfig) -> dict[str, Any]:
    """What was exported and checked, as JSON values."""
    return {
        "model": config.model,
        "format": config.format,
        "quantize": config.quantize,
        "file": exported.path.name,
        "size_mb": exported.size_mb,
        "images": images.origin,
        "calibration_images": len(images.calibration),
        "agreement": asdict(exported.agreement),
        "resizing": exported.resizing and asdict(exported.resizing),
        "tolerance": asdict(config.tolerance),
    }


def _log(exported: Exported, config: ExportConfig) -> None:
    """The lines that end the command."""
    log.info("file:     %s", exported.path)
    log.info("card:     %s", exported.folder / MODEL_CARD)
    log.info("use it:   %s", next_command(config.format, exported.folder))
