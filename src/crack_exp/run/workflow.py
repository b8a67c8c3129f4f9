"""One run, from the configuration to its evaluation on test. The only file that knows the order."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras

from crack_exp.config import Config
from crack_exp.config.build_backbone import from_scratch
from crack_exp.config.overrides import job_name
from crack_exp.data.batches import reading_errors_raised
from crack_exp.data.examples import Example
from crack_exp.deployed.engine import FLOAT32
from crack_exp.evaluation.evaluate import Evaluation, evaluate_surfaces
from crack_exp.model.classifier import to_deploy
from crack_exp.model.feature_engines import Engines
from crack_exp.model.temperature import with_temperature
from crack_exp.report.numbers import counted
from crack_exp.run.check_aim import check_aim
from crack_exp.run.evaluation import evaluate_test, evaluate_validation, predict_test, settle
from crack_exp.run.feature_plan import PhasePlan, deployed_plan, plan_phases
from crack_exp.run.last_lines import log_outcome
from crack_exp.run.outcome import Outcome, RunResult
from crack_exp.run.parts import add_classifier, build_parts
from crack_exp.run.prepare_images import prepare_images
from crack_exp.run.record import example_of, record_outcome, record_report, record_start, record_time
from crack_exp.run.record_epochs import RecordEpochs, record_phase
from crack_exp.run.report_data import run_report, start_facts
from crack_exp.run.reuse import result_of, take_over
from crack_exp.run.state import Prepared, Run
from crack_exp.run_files.begun import precision_of
from crack_exp.run_files.folder import check_room, own_folder, write_config
from crack_exp.run_files.identity import training_identity
from crack_exp.run_files.kept_training import kept_training
from crack_exp.run_files.names import BEFORE, CALIBRATED, IDENTITY
from crack_exp.run_files.predicted_run import PredictedRun
from crack_exp.run_files.recorded_metrics import figures_of
from crack_exp.run_files.resume import resumable_run
from crack_exp.runtime.session import Session, session
from crack_exp.sweep.jobs import agree_in_sweep, count_for_sweep, is_evaluated_as, lock_tags, sweep_job
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.locks import raise_if_lost
from crack_exp.system.progress import doing
from crack_exp.system.timing import current, timed
from crack_exp.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from crack_exp.training.history import EpochRecord
from crack_exp.training.losses import class_weights, mean_loss
from crack_exp.training.phase import Phase, PhaseData, PhaseStart, fit_phase, unfreeze
from crack_exp.training.precision import choose_precision

log = logging.getLogger(__name__)


def run_experiment(
    config: Config,
    folder: Path,
    overrides: Sequence[str],
    callbacks: Sequence[keras.callbacks.Callback] = (),
    *,
    is_trial: bool = False,
    found: Sequence[Example] | None = None,
) -> RunResult:
    """Train, evaluate and record what `config` describes; everything written lands in `folder` and in MLflow.

    Where `folder` holds the checkpoint of a killed run, that run is resumed. `callbacks` see each epoch, and may raise
    RunStopped. is_trial: of a search: what was found on test images is not printed, and MLflow gets it later, see
    `Recorder.holding_back`. found: the examples of the data source, where `find_at_hand` has found them already.
    Raises UserError, before any training, where a setting or the data cannot be used.
    """
    runtime = config.runtime
    batch_norm = "trained" if from_scratch(config) else "frozen"
    precision = choose_precision(precision_of(folder, runtime.precision), batch_norm=batch_norm)
    with session(precision=precision.name, distribution=runtime.distribution, seed=config.seed) as devices:
        engines = Engines(runtime.feature_engine, precision=devices.precision, on_gpu=devices.on_gpu)
        with timed("network"), doing("building the network"):
            parts = build_parts(config)
        with own_folder(folder):
            check_room(folder, parameters=parts.body.count_params())
            write_config(config, folder, "run", overrides)
            start = start_facts(config, folder, devices, precision)
            with timed("audit"):
                images = prepare_images(config.data, folder, overrides, found)
            check_aim(config.evaluation.aim, images.splits)
            computing = [precision.name, *devices.devices]
            agree_in_sweep(
                config,
                images_sha256=images.sha256,
                images=images.listing,
                weights=parts.fingerprints,
                computing={"precision": precision.name, "devices": ", ".join(devices.devices)},
            )
            identity = training_identity(config, images=images.sha256, weights=parts.fingerprints, computing=computing)
            prepared = Prepared(
                config, overrides, folder, callbacks, is_trial, devices, start, engines, parts, images, identity
            )
            with sweep_job(config, identity, folder, may_go_on=not is_trial) as finished:
                if finished and is_evaluated_as(config, finished.run):
                    count_for_sweep(config, finished.run, overrides)
                    return result_of(config, finished)
                return open_and_run(prepared, finished)


def open_and_run(prepared: Prepared, finished: PredictedRun | None) -> RunResult:
    """Train, or take over the training that the `finished` run did before; then evaluate and record."""
    config, images, engines = prepared.config, prepared.images, prepared.engines
    kept = kept_training(finished) if finished else None
    with timed("network"), doing("building the network"):
        model = add_classifier(prepared.parts, images.splits, config.training.dropout)
    with timed("features"):
        plans = plan_phases(config, prepared.parts, model, images, engines, is_trained=kept is not None)
    start = prepared.start.with_environment(feature_engine=engines.used or "none")
    if kept:
        start = start.with_environment(trained_by=kept.run_id)
    prepared = replace(prepared, start=start)
    name = job_name(prepared.overrides) or "defaults"
    example = example_of(images, config.model.image_size_px, config.data.white_level)
    with resumable_run(
        config,
        prepared.folder,
        "run",
        name=name,
        precision=prepared.session.precision,
        images_sha256=images.sha256,
        first_tags={IDENTITY: prepared.identity, **lock_tags(config)},
    ) as (recorder, saved):
        run = Run(**vars(prepared), model=model, plans=plans, example=example, recorder=recorder, checkpoints=saved)
        record_start(run)
        if kept:
            take_over(run, kept)
        with reading_errors_raised():
            return train_and_evaluate(run)


def train_and_evaluate(run: Run) -> RunResult:
    """Train each phase; evaluate on validation before and after each, and once, at the end, on test; record it all."""
    config = run.config
    _log_precision(config, run.session)
    stages, history, stage = train_phases(run)
    trained = to_deploy(run.model)
    is_float32 = run.session.precision == FLOAT32
    plan = run.plans[-1] if is_float32 else deployed_plan(config, trained, run.images, run.plans[-1])
    stages[stage] = evaluate_validation(run, plan, stage)
    settled = settle(run, stages[stage])
    stages[CALIBRATED] = settled.validation
    with timed("evaluation"):
        raw_test = predict_test(run, plan)
        test = evaluate_test(run, raw_test, settled)
        surfaces = evaluate_surfaces(test, config.evaluation.bootstrap_resamples, config.seed)
    outcome = Outcome(
        model=with_temperature(trained, settled.temperature),
        splits=run.images.splits,
        history=history,
        stages=stages,
        temperature=settled.temperature,
        point=settled.point,
        test=test,
        raw_test=raw_test,
        surfaces=surfaces,
    )
    record_outcome(run, outcome)
    report = run_report(config, run.start, run.images, run.parts, outcome)
    record_report(run, report)
    seconds = current().seconds
    record_time(run, seconds)
    if not run.is_trial:
        log_outcome(run, outcome, report, seconds)
    return RunResult(figures_of(settled.validation), test, run.images.sha256)


def train_phases(run: Run) -> tuple[dict[str, Evaluation], list[EpochRecord], str]:
    """Train each phase, and evaluate on validation before each.

    Returns these evaluations by stage, all epochs, and the name of the last stage, which is not evaluated yet.
    """
    stages, history = dict[str, Evaluation](), list[EpochRecord]()
    stage, evaluating = BEFORE, run.plans[0]
    for phase, plan in zip(run.parts.phases, run.plans, strict=False):  # without phases there is a plan to evaluate by
        stages[stage] = evaluate_validation(run, evaluating, stage)
        with timed("training"):
            history = train_phase(run, plan, phase, history, stages[stage])
        stage, evaluating = phase.name, plan
    return stages, history, stage


def train_phase(
    run: Run, plan: PhasePlan, phase: Phase, history: list[EpochRecord], before: Evaluation
) -> list[EpochRecord]:
    """Train one phase, or the rest of it in a resumed run; returns the epochs of all phases through its end."""
    images = len(plan.batches.train_labels)
    checkpoint, order = run.checkpoints.load(read_checkpoint), [one.name for one in run.parts.phases]
    if checkpoint and order.index(checkpoint.phase) > order.index(phase.name):
        return history + [record for record in checkpoint.history if record.phase == phase.name]
    if not (checkpoint and checkpoint.finished):
        log.info("%s: up to %s of %s", phase.name, counted(phase.epochs, "epoch"), counted(images, "image"))
    unfreeze(run.model, phase)
    records = fit_phase(
        plan.model,
        phase,
        PhaseData(
            train=plan.batches.train,
            validation=plan.batches.validation,
            class_weights=class_weights(plan.batches.train_labels, run.config.training.class_weights),
            seed=run.config.seed,
        ),
        PhaseStart(
            history=history,
            checkpoint=checkpoint if checkpoint and checkpoint.phase == phase.name else None,
            # A random head is nothing to go back to; a trained one is.
            loss_to_beat=_loss(phase, before) if history or run.parts.painted_head else None,
        ),
        callbacks=[RecordEpochs(run.recorder, len(history) + phase.epochs), *run.callbacks],
        save=partial(_save, run),
    )
    record_phase(run.recorder, phase.name, records[len(history) :], images)
    return records


def _save(run: Run, checkpoint: Checkpoint) -> None:
    raise_if_lost()
    write_checkpoint(checkpoint, run.checkpoints.training)
    raise_if_interrupted()


def _loss(phase: Phase, evaluated: Evaluation) -> float:
    """By the loss of `phase`, which need not be the cross-entropy that is reported."""
    return mean_loss(phase.loss, evaluated.predictions.labels, evaluated.predictions.probabilities)


def _log_precision(config: Config, devices: Session) -> None:
    log.info("computing in %s on %s, by %s", devices.precision, ", ".join(devices.devices), devices.backend)
    if from_scratch(config):
        log.info(
            "model.weights=none: every layer trains from the first phase on, at %g times the optimizer's learning rate",
            config.model.from_scratch.learning_rate_factor,
        )
