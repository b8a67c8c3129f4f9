"""What a pretraining tells while it goes on, and what it leaves behind."""

import json
import logging
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import keras

from crack_exp.config import PretrainConfig
from crack_exp.config.texts import text_override
from crack_exp.model.weights import fingerprint, weights_sha256
from crack_exp.painter import PAINTER_VERSION
from crack_exp.run_files import names
from crack_exp.run_files.folder import command_of
from crack_exp.runtime.session import Session
from crack_exp.system.csv_files import write_csv
from crack_exp.system.files import write_text
from crack_exp.system.printed import own_command
from crack_exp.tracking.address import runs_page, ui_command
from crack_exp.tracking.lineage import lineage, mlflow_tags, project_checkout
from crack_exp.tracking.recorder import Recorder
from crack_exp.training.painting_loop import ChunkRecord, Pretraining

log = logging.getLogger(__name__)

OF_LINEAGE = ("git.commit", "git.dirty", names.KERAS_BACKEND, "version.keras", "version.numpy", "machine.cpu")


def record_pretraining_start(
    recorder: Recorder, config: PretrainConfig, devices: Session, body: keras.Model, folder: Path
) -> None:
    """Record all that is known before training: settings, code, machine, the weights it starts from."""
    facts = {
        "verb": "pretrain",
        "devices": ", ".join(devices.devices),
        "precision": devices.precision,
        "painter.version": str(PAINTER_VERSION),
        names.WEIGHTS: config.model.weights,
        names.WEIGHTS_FILE_SHA256: weights_sha256(body, config.model.weights) or "no file",
        names.WEIGHTS_SHA256: fingerprint(body),
        names.RUN_FOLDER: str(folder.resolve()),
    }
    recorder.tags(mlflow_tags(lineage(checkout=project_checkout())) | facts)
    recorder.params(asdict(config))
    recorder.artifact(folder / names.CONFIG, None)


def record_chunk(recorder: Recorder, record: ChunkRecord) -> None:
    """Tell of one chunk on the console and in MLflow."""
    validation = record.validation
    log.info(
        "%.0f %%: %s images, %.0f images/s, loss %.4f; validation: accuracy %.3f, AUROC %.3f, cells AP %.3f; %s left",
        *(100 * record.share, f"{record.images:,}", record.images_per_second, record.losses["loss"]),
        *(validation["accuracy"], validation["auroc"], validation["crack_cells_average_precision"]),
        timedelta(seconds=round(record.seconds_left)),
    )
    numbers = {names.CHUNK + name: value for name, value in flat(record).items() if name != "chunk"}
    recorder.metrics(numbers, step=record.chunk)


def weights_card(
    config: PretrainConfig, folder: Path, devices: Session, training: Pretraining, figures: Mapping[str, float]
) -> dict[str, Any]:
    """Where the weights come from and what they reach, as JSON values."""
    facts = lineage(checkout=project_checkout())
    return {
        "architecture": config.model.backbone["_target_"],
        "alpha": config.model.backbone.get("alpha"),
        "started_from": config.model.weights,
        "painter_version": PAINTER_VERSION,
        "command": command_of(folder),
        "seed": config.seed,
        "image_size_px": config.model.image_size_px,
        "images_seen": training.images,
        "paintings": len(training.history) * config.paintings.per_chunk,
        "minutes": round(training.seconds / 60, 1),
        "devices": devices.devices,
        "precision": devices.precision,
        **{name: facts[name] for name in OF_LINEAGE},
        "validation": dict(figures),
    }


def record_weights(
    recorder: Recorder,
    folder: Path,
    history: Sequence[ChunkRecord],
    figures: Mapping[str, float],
    card: Mapping[str, Any],
) -> None:
    """Write history.csv and card.json, and give them and the weights to MLflow."""
    write_csv([flat(record) for record in history], folder / names.HISTORY)
    write_text(folder / names.CARD, json.dumps(card, indent=2) + "\n")
    recorder.metrics({f"validation/{name}": value for name, value in figures.items()}, step=None)
    for name in (names.HISTORY, names.CARD, names.PAINTED_WEIGHTS):
        recorder.artifact(folder / name, None)


def log_weights(recorder: Recorder, path: Path, figures: Mapping[str, float]) -> None:
    """What the weights reach on validation paintings, and how to use them."""
    shown = ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in figures.items())
    log.info("\nvalidation paintings: %s", shown)
    log.info("weights: %s, %.2f MB", path, path.stat().st_size / 1e6)
    words = [*model_words(shlex.split(command_of(path.parent))), text_override("model.weights", str(path))]
    log.info("use:     %s", own_command("run", words))
    log.info("MLflow:  %s", ui_command(recorder.uri))
    log.info("         then open %s", runs_page(recorder.uri, recorder.experiment_id))


def flat(record: ChunkRecord) -> dict[str, float]:
    """One level of names: losses as train_NAME, figures on validation paintings as validation_NAME."""
    numbers = {name: value for name, value in asdict(record).items() if not isinstance(value, dict)}
    losses = {f"train_{name}": value for name, value in record.losses.items()}
    return numbers | losses | {f"validation_{name}": value for name, value in record.validation.items()}


DEFAULT_MODEL = "model=mobilenet_v2_035"
"""What conf/pretrain.yaml chooses."""


def model_words(command: Sequence[str]) -> list[str]:
    """The words of `command` that say which network it is."""
    chosen = [word for word in command if word.startswith("model=")] or [DEFAULT_MODEL]
    return chosen + [word for word in command if word.startswith("model.backbone")]
