"""The results of a run: files in its folder, and the same in MLflow."""

import io
import json
import logging
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
from PIL import Image

from crack_exp.config.overrides import job_name
from crack_exp.data.image_io import read_resized
from crack_exp.deployed.next_commands import compare_command, predict_command, survey_command
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.prevalence import detector_of, shares_shown, workload
from crack_exp.model.card import ModelCard
from crack_exp.model.card_file import save_with_card
from crack_exp.model.classifier import HEAD as HEAD_LAYER
from crack_exp.model.weights import fingerprint, weights_sha256
from crack_exp.report.console import WIDTH
from crack_exp.report.numbers import figure_text, seconds_text
from crack_exp.report.painted import banner_of_images
from crack_exp.report.promise import promise
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.doubts import doubts
from crack_exp.report.run.mlflow_note import run_note
from crack_exp.report.run.page import write_page
from crack_exp.report.run.plots import write_plots
from crack_exp.report.run.sections.prevalence import prevalence_line
from crack_exp.report.run.time_spent import time_spent_text
from crack_exp.report.summary import summary_text
from crack_exp.run.model_card import model_card
from crack_exp.run.outcome import Outcome
from crack_exp.run.prepare_images import Images
from crack_exp.run.report_data import layers_by_phase
from crack_exp.run.state import Run
from crack_exp.run_files import names
from crack_exp.run_files.folder import is_resumed
from crack_exp.run_files.predictions_csv import write_predictions, write_stages
from crack_exp.run_files.recorded_metrics import figures_of, metrics_on_test, metrics_on_validation
from crack_exp.sweep.jobs import lock_tags
from crack_exp.system.best_effort import best_effort
from crack_exp.system.console_lines import ON_CONSOLE
from crack_exp.system.csv_files import write_csv
from crack_exp.system.files import file_sha256, write_text
from crack_exp.system.progress import doing
from crack_exp.system.timing import timed
from crack_exp.tracking.address import how_to_open
from crack_exp.tracking.lineage import mlflow_tags
from crack_exp.tracking.recorder import Recorder
from crack_exp.tracking.search import FILE_SHA256
from crack_exp.training.callbacks import RECORD
from crack_exp.training.history import EpochRecord

IN_LINE = {"auroc": "AUROC", "accuracy": "accuracy"}

log = logging.getLogger(__name__)


def example_of(images: Images, size_px: int, white_level: int) -> bytes:
    """A test image of the model's size, as a PNG file: read before the training, in which files may vanish."""
    file, shown = io.BytesIO(), images.splits.test[0]
    pixels = read_resized(shown.path, size_px, sha256=images.contents[shown.name], white_level=white_level)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def record_start(run: Run) -> None:
    """Record all that is known before training: settings, code, machine, data, layers."""
    config, splits = run.config, run.images.splits
    body = keras.Model(run.model.inputs, run.model.get_layer(HEAD_LAYER).input)
    facts = {
        # A resumed run is compared by the overrides that it began with.
        **({} if is_resumed(run.overrides) else {names.OVERRIDES: shlex.join(run.overrides)}),
        names.WEIGHTS: config.model.weights,
        names.WEIGHTS_FILE_SHA256: weights_sha256(body, config.model.weights) or "no file",
        names.WEIGHTS_SHA256: fingerprint(body),
        names.DATA_SHA256: run.images.sha256,
        names.SPLIT_SHA256: run.images.split_sha256,
        names.IDENTITY: run.identity,
        names.CLASSES: json.dumps(splits.class_names),
        names.INTACT: json.dumps(sorted(splits.intact)),
        names.RUN_FOLDER: str(run.folder.resolve()),
        **({names.SWEEP: config.sweep.name, **lock_tags(config)} if config.sweep.name else {}),
    }
    run.recorder.tags(mlflow_tags(run.start.environment) | facts)
    # The run has its name; as a setting it would be one more that differs between any two runs.
    run.recorder.params({key: value for key, value in asdict(config).items() if key != "run_name"})
    run.recorder.datasets(run.images.records(config.data))
    write_csv(layers_by_phase(run.model, run.parts.phases), run.folder / names.LAYERS)
    for name in (names.CONFIG, names.LAYERS):
        run.recorder.artifact(run.folder / name, None)
    for name in (names.AUDIT, names.SPLIT):
        record_table(run.recorder, run.folder / name)


class RecordEpochs(keras.callbacks.Callback):
    """Logs each epoch on the console and in MLflow. epochs: the number of the last epoch of this phase."""

    def __init__(self, recorder: Recorder, epochs: int) -> None:
        super().__init__()
        self.recorder, self.epochs = recorder, epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        record: EpochRecord = logs[RECORD]
        log.info(
            "%s: epoch %d/%d, loss %.4f, accuracy %.4f, val_loss %.4f, val_accuracy %.4f, %.1f s",
            *(record.phase, record.epoch, self.epochs, record.train_loss, record.train_accuracy),
            *(record.val_loss, record.val_accuracy, record.seconds),
        )
        record_epoch(self.recorder, record)


def record_epoch(recorder: Recorder, record: EpochRecord) -> None:
    """Log one epoch in MLflow; its `phase` counts 0 for the head and 1 for fine-tuning."""
    recorder.metrics(
        {
            # Alone under their prefix: MLflow then shows these four curves first, above all other numbers. It lists
            # metrics, and draws parallel coordinates of the first, in the order in which they came.
            f"{names.EPOCH}val_loss": record.val_loss,
            f"{names.EPOCH}val_accuracy": record.val_accuracy,
            f"{names.EPOCH}train_loss": record.train_loss,
            f"{names.EPOCH}train_accuracy": record.train_accuracy,
            f"{names.SCHEDULE}phase": float(record.phase != names.HEAD),
            f"{names.SCHEDULE}learning_rate": record.learning_rate,
            f"{names.SCHEDULE}epoch_seconds": record.seconds,
        },
        step=record.epoch,
    )


def record_phase(recorder: Recorder, phase: str, epochs: Sequence[EpochRecord], images: int) -> None:
    """Log the seconds of a phase in MLflow, and how many of its `images` it processed a second, validation included.

    Summed over its epochs, so that a resumed phase counts those from before the break as well.
    """
    seconds = sum(epoch.seconds for epoch in epochs)
    rate = len(epochs) * images / seconds
    recorder.metrics({names.SECONDS_OF + phase: seconds, names.IMAGES_PER_SECOND + phase: rate}, step=None)


def record_outcome(run: Run, outcome: Outcome) -> None:
    """Write tables and the model into the run's folder, and give all of it to MLflow."""
    folder, recorder = run.folder, run.recorder
    evaluations = {names.on_validation(stage): evaluated for stage, evaluated in outcome.stages.items()}
    evaluations |= {names.TEST: outcome.test}
    evaluations |= {names.on_test(surface): evaluated for surface, evaluated in outcome.surfaces.items()}
    _write_figures(run, outcome, evaluations)
    card = model_card(run, outcome)
    save_with_card(outcome.model, card, folder / names.MODEL, beside=folder / names.MODEL_CARD)
    _record_model_and_metrics(run, outcome, card)
    for name in (names.EVALUATION, names.MODEL_CARD):
        recorder.artifact(folder / name, None)
    if outcome.history:
        write_csv(outcome.history, folder / names.HISTORY)
        record_table(recorder, folder / names.HISTORY)
    for name in (names.TEST_PREDICTIONS, names.VALIDATION_PREDICTIONS):
        record_table(recorder, folder / name)


def _record_model_and_metrics(run: Run, outcome: Outcome, card: ModelCard) -> None:
    """Metrics of the test first: MLflow lists metrics as they come. The model comes before them, to have them too."""
    recorder, model = run.recorder, run.folder / names.MODEL
    recorder.model(model, card.as_values(), example=run.example)
    with _after_the_search(run):
        recorder.model_metrics(metrics_on_test(outcome.test), run.images.record_of(names.TEST, run.config.data))
    for stage, evaluated in outcome.stages.items():
        recorder.metrics(metrics_on_validation(stage, evaluated), step=None)
    size_mb = model.stat().st_size / 1e6
    of_model = {names.PARAMETERS: outcome.model.count_params(), names.SIZE_MB: size_mb}
    recorder.metrics(of_model | {names.TEMPERATURE: outcome.temperature}, step=None)
    recorder.tags({names.MODEL_SHA256: file_sha256(model)})


def _after_the_search(run: Run) -> AbstractContextManager[None]:
    """For what was found on test: on MLflow's pages it would tempt to choose a trial by it."""
    return run.recorder.holding_back() if run.is_trial else nullcontext()


def record_table(recorder: Recorder, file: Path) -> None:
    """Give MLflow a CSV file that later commands read, and its sha256, by which they know it again."""
    recorder.artifact(file, None)
    recorder.tags({file.name + FILE_SHA256: file_sha256(file)})


def record_report(run: Run, report: RunReport) -> None:
    """Write pictures and the page, as far as they can be made, and give them to MLflow: nothing depends on them."""
    folder, recorder = run.folder, run.recorder
    with _after_the_search(run):
        recorder.note(run_note(report))
    with timed("pictures"), doing("drawing pictures"), best_effort(names.PAGE) as effort:
        write_page(report, write_plots(report, folder / names.PLOTS, effort), folder / names.PAGE, effort)
    if (folder / names.PAGE).is_file():
        recorder.artifact(folder / names.PAGE, None)
    recorder.artifacts(folder / names.PLOTS, names.PLOTS)
    if effort.sentence:
        recorder.tags({names.MISSING: effort.sentence})


def _write_figures(run: Run, outcome: Outcome, evaluations: Mapping[str, Evaluation]) -> None:
    """Predictions of each image, and the figures computed from them."""
    write_predictions(
        outcome.test.predictions, outcome.raw_test, outcome.point.threshold, run.folder / names.TEST_PREDICTIONS
    )
    stages = {stage: evaluated.predictions for stage, evaluated in outcome.stages.items()}
    write_stages(stages, run.folder / names.VALIDATION_PREDICTIONS)
    figures: dict[str, Any] = {part: figures_of(evaluated) for part, evaluated in evaluations.items()}
    if detector := detector_of(outcome.test):
        shares = shares_shown(run.config.evaluation.prevalence)
        figures["of_100_images"] = [asdict(workload(detector, share)) for share in shares]
    figures["operating_point"] = asdict(outcome.point) | {
        "promise": promise(outcome.point, images_known_alone=not run.images.groups_known)
    }
    figures["calibration"] = {"temperature": outcome.temperature, "test_before": outcome.figures_before}
    write_text(run.folder / names.EVALUATION, json.dumps(figures, indent=2))


def record_time(run: Run, seconds: Mapping[str, float]) -> None:
    """Keep the seconds that each part of the run took."""
    path = run.folder / names.SECONDS
    write_csv([{"part": part, "seconds": f"{spent:.3f}"} for part, spent in seconds.items()], path)
    run.recorder.artifact(path, None)
    run.recorder.metrics({names.SECONDS_OF + part: spent for part, spent in seconds.items()}, step=None)


def log_outcome(run: Run, outcome: Outcome, report: RunReport, seconds: Mapping[str, float]) -> None:
    """The short tables that end a run, what is doubtful about it, where its report is, and how to open MLflow."""
    shown = outcome.titled_stages | {f"test, {name}": evaluated for name, evaluated in outcome.surfaces.items()}
    log.info("%s\n%s\n", time_spent_text(seconds), summary_text(shown | {"test": outcome.test}))
    if line := prevalence_line(report):
        log.info("%s", line)
    for sentence in filter(None, [banner_of_images(report.is_painted), *doubts(report)]):
        log.warning("%s", textwrap.fill(f"doubt:    {sentence}", WIDTH, subsequent_indent=" " * 10))
    log.info("results:  %s", run.folder)
    log.info("report:   %s", run.folder / names.PAGE)
    log.info("%s", how_to_open(run.recorder.uri, run.recorder.experiment_id))
    model = str(run.folder)
    log.info("use it:   %s", predict_command(model, "new_photos"))
    log.info("          %s", survey_command(model, "walls"))
    if run.config.sweep.name:
        log.info("compare:  %s", compare_command(run.config.sweep.name, run.config.tracking))
        log.info("%s", _line(run, outcome, seconds), extra=ON_CONSOLE)


def _line(run: Run, outcome: Outcome, seconds: Mapping[str, float]) -> str:
    """Of one among many runs: what it came to on validation. Those on test are for the table at the end."""
    last = list(outcome.stages.values())[-1]
    known = [metric for metric in IN_LINE if metric in last.scalars]
    figures = ", ".join(f"{IN_LINE[metric]} {figure_text(metric, last.scalars[metric])}" for metric in known)
    name = run.config.run_name or job_name(run.overrides) or "defaults"
    return f"{name}: on validation {figures}; {seconds_text(sum(seconds.values()))}"
