"""One run, from the configuration to the verdict. The only file that knows the order."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras

from crack_exp.config import Config
from crack_exp.evaluation.evaluate import Evaluation, evaluate_surfaces
from crack_exp.evaluation.threshold import choose_threshold
from crack_exp.model.classifier import to_deploy
from crack_exp.model.engines import Engines
from crack_exp.run.evaluation import balanced_weights, evaluate_split, predict, predict_once
from crack_exp.run.feature_plan import PhasePlan, plan_phases
from crack_exp.run.outcome import Outcome, Verdict
from crack_exp.run.parts import Parts, add_classifier, build_parts, from_scratch
from crack_exp.run.prepare_images import Images, prepare_images
from crack_exp.run.record import (
    check_room,
    log_outcome,
    numbers,
    record_epoch,
    record_outcome,
    record_phase,
    record_start,
    record_time,
    write_config,
)
from crack_exp.run.report_data import RunStart, run_report, start_facts
from crack_exp.run_files.resume import Checkpoints, resumable_run
from crack_exp.runtime import Session, session
from crack_exp.sweep.jobs import sweep_job
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.timing import current, timed
from crack_exp.tracking.recorder import Recorder
from crack_exp.training.checkpoint import Checkpoint
from crack_exp.training.history import EpochRecord
from crack_exp.training.losses import mean_loss
from crack_exp.training.phase import Phase, fit_phase, unfreeze
from crack_exp.training.precision import choose_precision

Watch = Callable[[EpochRecord], None]

log = logging.getLogger(__name__)


def unwatched(record: EpochRecord) -> None:
    """Nobody who would give up the run."""


def run_experiment(config: Config, folder: Path, overrides: Sequence[str], watch: Watch = unwatched) -> Verdict:
    """Train, judge and record what `config` describes; everything written lands in `folder` and in MLflow.

    A `folder` that holds the checkpoint of a killed run is gone on with. `watch` is told of each epoch, and may raise
    RunStopped.
    Raises UserError, before any training, where a setting or the data cannot be used.
    """
    runtime = config.runtime
    batch_norm = "trained" if from_scratch(config) else "frozen"
    precision = choose_precision(runtime.precision, batch_norm=batch_norm)
    with session(precision=precision.name, distribution=runtime.distribution, seed=config.seed) as devices:
        engines = Engines(runtime.feature_engine, precision=devices.precision, on_gpu=devices.on_gpu)
        with timed("network"):
            parts = build_parts(config)
        folder.mkdir(parents=True, exist_ok=True)
        check_room(folder, parts.body)
        write_config(config, folder, "run", overrides)
        start = start_facts(config, folder, devices, precision)
        with timed("audit"):
            images = prepare_images(config.data, folder, overrides)
        with sweep_job(config, overrides, images.sha256, precision.name) as done:
            if done is not None:
                return done
            with timed("network"):
                model = add_classifier(parts, images.splits, config.training.dropout)
            with timed("features"):
                plans = plan_phases(config, parts, model, images, engines)
            start = start.with_environment(feature_engine=engines.taken or "none")
            name = ", ".join(overrides) or "defaults"
            with resumable_run(config, folder, "run", name=name, images_sha256=images.sha256) as (recorder, saved):
                run = Run(config, folder, start, devices, parts, model, images, plans, recorder, saved, watch)
                return train_and_evaluate(run, overrides)


@dataclass(frozen=True)
class Run:
    """What the chapters of one run share."""

    config: Config
    folder: Path
    start: RunStart
    devices: Session
    parts: Parts
    model: keras.Model
    images: Images
    plans: list[PhasePlan]
    recorder: Recorder
    checkpoints: Checkpoints
    watch: Watch


def train_and_evaluate(run: Run, overrides: Sequence[str]) -> Verdict:
    """Evaluate before training, after each phase, and at last, once, on test; write and record it all."""
    config, model, splits = run.config, run.model, run.images.splits
    record_start(run.recorder, config, run.start, run.images, model, run.parts.phases, run.folder, overrides)
    _say_how(config, run.devices)
    plan = run.plans[0]
    stages = {"before": evaluate_validation(run, plan, "before")}
    history: list[EpochRecord] = []
    for phase, plan in zip(run.parts.phases, run.plans, strict=False):  # without phases there is a bench to judge at
        with timed("training"):
            history = train_phase(run, plan, phase, history, list(stages.values())[-1])
        stages[phase.name] = evaluate_validation(run, plan, phase.name)
    with timed("evaluation"):
        threshold = choose_threshold(list(stages.values())[-1].predictions, config.evaluation.min_recall)
        probabilities = predict(plan.predictor, plan.batches.test, "test")
        test = evaluate_split(probabilities, splits.test, splits, config.evaluation, config.seed, threshold)
        surfaces = evaluate_surfaces(test, config.evaluation.bootstrap_resamples, config.seed)
    outcome = Outcome(to_deploy(model), splits, history, stages, test, surfaces)
    report = run_report(config, run.start, run.images, run.parts, outcome)
    record_outcome(run.recorder, config, run.folder, outcome, report)
    seconds = current().seconds
    record_time(run.recorder, run.folder, seconds)
    log_outcome(run.recorder, config, run.folder, outcome, seconds)
    return Verdict(numbers(list(stages.values())[-1]), test)


def train_phase(
    run: Run, plan: PhasePlan, phase: Phase, history: list[EpochRecord], before: Evaluation
) -> list[EpochRecord]:
    """Train one phase, or what a killed run left of it; returns the history through its end."""
    config, images = run.config, len(plan.batches.train_labels)
    checkpoint, order = run.checkpoints.load(), [one.name for one in run.parts.phases]
    if checkpoint and order.index(checkpoint.phase) > order.index(phase.name):
        return history + [record for record in checkpoint.history if record.phase == phase.name]
    log.info("%s: up to %d epochs of %s images", phase.name, phase.epochs, f"{images:,}")
    unfreeze(run.model, phase)
    records = fit_phase(
        plan.model,
        phase,
        plan.batches.train,
        plan.batches.validation,
        seed=config.seed,
        history=history,
        patience=config.training.early_stopping_patience,
        # A random head is nothing to go back to; a trained one is.
        loss_to_beat=_loss(phase, before) if history or run.parts.painted_head else None,
        class_weights=_class_weights(config, plan),
        on_epoch=partial(_on_epoch, run, len(history) + phase.epochs),
        checkpoint=checkpoint if checkpoint and checkpoint.phase == phase.name else None,
        save=partial(_save, run),
    )
    record_phase(run.recorder, phase.name, records[len(history) :], images)
    return records


def _on_epoch(run: Run, epochs: int, record: EpochRecord) -> None:
    record_epoch(run.recorder, record, epochs=epochs)
    run.watch(record)


def _save(run: Run, checkpoint: Checkpoint) -> None:
    run.checkpoints.save(checkpoint)
    raise_if_interrupted()


def _loss(phase: Phase, judged: Evaluation) -> float:
    """By the loss of `phase`, which need not be the cross-entropy that is reported."""
    return mean_loss(phase.loss, judged.predictions.labels, judged.predictions.probabilities)


def _class_weights(config: Config, plan: PhasePlan) -> dict[int, float] | None:
    return balanced_weights(plan.batches.train_labels) if config.training.class_weights == "balanced" else None


def evaluate_validation(run: Run, plan: PhasePlan, stage: str) -> Evaluation:
    """Evaluate the model as it stands on the validation images."""
    raise_if_interrupted()
    splits = run.images.splits
    with timed("evaluation"):
        probabilities = predict_once(plan.predictor, plan.batches.validation, run.checkpoints.predictions(stage))
        return evaluate_split(probabilities, splits.validation, splits, run.config.evaluation, run.config.seed, None)


def _say_how(config: Config, devices: Session) -> None:
    log.info("computing in %s on %s", devices.precision, ", ".join(devices.devices))
    if from_scratch(config):
        log.info(
            "model.weights=none: every layer trains from the first phase on, at %g times the optimizer's learning rate",
            config.model.from_scratch.learning_rate_factor,
        )
