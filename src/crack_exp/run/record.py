"""What a run leaves behind: files in its folder, and the same in MLflow."""

import json
import logging
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np

from crack_exp.compare.finished_settings import CLASSES, INTACT, PARAMETERS, SIZE_MB
from crack_exp.config import CommandConfig, Config, to_yaml
from crack_exp.config.command_line import command_line
from crack_exp.data.examples import Splits
from crack_exp.data.image_io import read_resized
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.model.classifier import HEAD
from crack_exp.model.weights import file_sha256, fingerprint
from crack_exp.report.page import write_page
from crack_exp.report.run.note import run_note
from crack_exp.report.run.plots import write_plots
from crack_exp.report.run.report import RunReport
from crack_exp.report.run.time_spent import time_spent_text
from crack_exp.report.summary import summary_text
from crack_exp.report.tables import write_csv, write_predictions
from crack_exp.run.outcome import Outcome
from crack_exp.run.prepare_images import Images
from crack_exp.run.report_data import RunStart, layers_by_phase
from crack_exp.run_files.resume import CONFIG_FILE
from crack_exp.sweep.jobs import IDENTITY, run_identity
from crack_exp.system.errors import UserError
from crack_exp.system.timing import timed
from crack_exp.tracking.address import runs_page, ui_command
from crack_exp.tracking.lineage import mlflow_tags
from crack_exp.tracking.recorder import Recorder
from crack_exp.tracking.search import SWEEP
from crack_exp.training.history import EpochRecord
from crack_exp.training.phase import Phase

log = logging.getLogger(__name__)

WEIGHT_COPIES = 12  # two checkpoints with best weights and optimizer state, two saved models, and some air
MODEL_FILE = "model.keras"
PAGE_FILE = "report.html"
TIME_FILE = "seconds.csv"
SPARE_BYTES = 50_000_000


def check_room(folder: Path, body: keras.Model) -> None:
    """Raise UserError where the disk has no room for what the run will write."""
    needed = body.count_params() * 4 * WEIGHT_COPIES + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise UserError(
            f"hydra.run.dir={folder}: {free / 1e6:.0f} MB free on that disk, the run writes up to "
            f"{needed / 1e6:.0f} MB; make room or choose another folder"
        )


def write_config(config: CommandConfig, folder: Path, verb: str, overrides: Sequence[str]) -> None:
    """Write config.yaml, headed by the command that repeats the run; a resumed run keeps what it began with."""
    path = folder / CONFIG_FILE
    if not any(override.startswith("resume=") for override in overrides):
        path.write_text(f"# {command_line(verb, overrides)}\n{to_yaml(config)}")


def record_start(
    recorder: Recorder,
    config: Config,
    start: RunStart,
    images: Images,
    model: keras.Model,
    phases: Sequence[Phase],
    folder: Path,
    overrides: Sequence[str],
) -> None:
    """Record all that is known before training: settings, code, machine, data, layers."""
    body = keras.Model(model.inputs, model.get_layer(HEAD).input)
    facts = {
        "overrides": shlex.join(overrides),
        "weights": config.model.weights,
        "weights.file_sha256": file_sha256(body, config.model.weights) or "no file",
        "weights.sha256": fingerprint(body),
        "data.sha256": images.sha256,
        "data.split_sha256": images.split_sha256,
        IDENTITY: run_identity(config, images.sha256, start.environment["precision"]),
        CLASSES: json.dumps(images.splits.class_names),
        INTACT: json.dumps(sorted(images.splits.intact)),
        "run_folder": str(folder.resolve()),
        **({SWEEP: config.sweep.name} if config.sweep.name else {}),
    }
    recorder.tags(mlflow_tags(start.environment) | facts)
    # The run has its name; as a setting it would be one more that differs between any two runs.
    recorder.params({key: value for key, value in asdict(config).items() if key != "run_name"})
    recorder.datasets(images.records(config.data))
    write_csv(layers_by_phase(model, phases), folder / "layers.csv")
    for name in (CONFIG_FILE, "audit.csv", "split.csv", "layers.csv"):
        recorder.artifact(folder / name, None)


def record_epoch(recorder: Recorder, record: EpochRecord, *, epochs: int) -> None:
    """Tell of one epoch on the console and in MLflow, where `phase` counts 0 for the head and 1 for fine-tuning."""
    log.info(
        "%s: epoch %d/%d, loss %.4f, accuracy %.4f, val_loss %.4f, val_accuracy %.4f, %.1f s",
        *(record.phase, record.epoch, epochs, record.train_loss, record.train_accuracy),
        *(record.val_loss, record.val_accuracy, record.seconds),
    )
    recorder.metrics(
        {
            # Alone under their prefix: MLflow then shows these four curves first, above all other numbers. It lists
            # metrics, and draws parallel coordinates of the first, in the order in which they came.
            "epoch/val_loss": record.val_loss,
            "epoch/val_accuracy": record.val_accuracy,
            "epoch/train_loss": record.train_loss,
            "epoch/train_accuracy": record.train_accuracy,
            "schedule/phase": float(record.phase != "head"),
            "schedule/learning_rate": record.learning_rate,
            "schedule/epoch_seconds": record.seconds,
        },
        step=record.epoch,
    )


def record_phase(recorder: Recorder, name: str, epochs: Sequence[EpochRecord], images: int) -> None:
    """Tell MLflow how long a phase took, and how many of its `images` it saw a second, validation included.

    Summed over its epochs, so that a resumed phase counts those from before the break as well.
    """
    seconds = sum(epoch.seconds for epoch in epochs)
    recorder.metrics(
        {f"seconds/{name}": seconds, f"images_per_second/{name}": len(epochs) * images / seconds}, step=None
    )


def record_outcome(recorder: Recorder, config: Config, folder: Path, outcome: Outcome, report: RunReport) -> None:
    """Write tables, pictures, the page and the model into `folder`, and give all of it to MLflow."""
    evaluations = {f"validation_{name}": judged for name, judged in outcome.stages.items()} | {"test": outcome.test}
    evaluations |= {f"test_{surface}": judged for surface, judged in outcome.surfaces.items()}
    write_predictions(outcome.test.predictions, folder / "predictions.csv")
    (folder / "evaluation.json").write_text(json.dumps({k: numbers(v) for k, v in evaluations.items()}, indent=2))
    outcome.model.save(folder / MODEL_FILE)  # first: the rest can be made again
    with timed("pictures"):
        write_page(report, write_plots(report, folder / "plots"), folder / PAGE_FILE)
    for stage, judged in evaluations.items():
        recorder.metrics({f"{stage}/{name}": value for name, value in numbers(judged).items()}, step=None)
    size_mb = (folder / MODEL_FILE).stat().st_size / 1e6
    recorder.metrics({PARAMETERS: outcome.model.count_params(), SIZE_MB: size_mb}, step=None)
    for name in (PAGE_FILE, "predictions.csv", "evaluation.json"):
        recorder.artifact(folder / name, None)
    if outcome.history:
        write_csv(outcome.history, folder / "history.csv")
        recorder.artifact(folder / "history.csv", None)
    recorder.artifacts(folder / "plots", "plots")
    recorder.note(run_note(report))
    recorder.model(
        outcome.model, input_example=_two_images(config, outcome.splits), metadata=_metadata(config, outcome)
    )


def record_time(recorder: Recorder, folder: Path, seconds: Mapping[str, float]) -> None:
    """Keep the seconds that each part of the run took."""
    write_csv([{"part": part, "seconds": f"{spent:.3f}"} for part, spent in seconds.items()], folder / TIME_FILE)
    recorder.artifact(folder / TIME_FILE, None)
    recorder.metrics({f"seconds/{part}": spent for part, spent in seconds.items()}, step=None)


def log_outcome(
    recorder: Recorder, config: Config, folder: Path, outcome: Outcome, seconds: Mapping[str, float]
) -> None:
    """The short tables that end a run, where its report is, and how to open MLflow."""
    shown = outcome.titled_stages | {f"test, {name}": judged for name, judged in outcome.surfaces.items()}
    log.info("%s\n%s\n", time_spent_text(seconds), summary_text(shown | {"test": outcome.test}))
    log.info("results:  %s", folder)
    log.info("report:   %s", folder / PAGE_FILE)
    log.info("MLflow:   %s", ui_command(recorder.uri))
    log.info("          then open %s", runs_page(recorder.uri, recorder.experiment_id))
    if config.sweep.name:
        log.info("compare:  python -m crack_exp.compare sweep=%s", config.sweep.name)


def numbers(evaluation: Evaluation) -> dict[str, float]:
    """The scalars by name, their intervals as NAME_low and NAME_high, and the threshold where there is one."""
    bounds = {
        f"{name}_{side}": value
        for name, interval in evaluation.intervals.items()
        for side, value in zip(("low", "high"), interval, strict=True)
    }
    threshold = {} if evaluation.threshold is None else {"threshold": evaluation.threshold}
    return {name: float(value) for name, value in (evaluation.scalars | bounds | threshold).items()}


def _two_images(config: Config, splits: Splits) -> np.ndarray:
    return np.stack([read_resized(example.path, config.model.image_size_px) for example in splits.test[:2]])


def _metadata(config: Config, outcome: Outcome) -> dict[str, object]:
    """What a user of the saved model must know: what its outputs mean and when to call a crack."""
    return {
        "class_names": outcome.splits.class_names,
        "intact": sorted(outcome.splits.intact),
        "image_size_px": config.model.image_size_px,
        "crack_threshold": outcome.test.threshold,
    }
