"""The results of a run: files in its folder, and the same in MLflow."""

import io
import json
import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
from PIL import Image

from crack_exp.data.image_io import read_resized
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.prevalence import detector_of, shares_shown, workload
from crack_exp.model.card import ModelCard
from crack_exp.model.card_file import save_with_card
from crack_exp.model.classifier import HEAD as HEAD_LAYER
from crack_exp.model.weights import fingerprint, weights_sha256
from crack_exp.report.promise import promise
from crack_exp.report.run.content import RunReport
from crack_exp.report.run.mlflow_note import run_note
from crack_exp.report.run.page import write_page
from crack_exp.report.run.plots import write_plots
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
from crack_exp.system.csv_files import write_csv
from crack_exp.system.files import file_sha256, write_text
from crack_exp.system.progress import doing
from crack_exp.system.timing import timed
from crack_exp.tracking.finished_run import FILE_SHA256
from crack_exp.tracking.lineage import mlflow_tags
from crack_exp.tracking.recorder import Recorder


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
