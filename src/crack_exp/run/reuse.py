"""The training of an earlier run, in place of a new one."""

import logging

import keras

from crack_exp.config import Config
from crack_exp.evaluation.evaluate import evaluate
from crack_exp.model.temperature import take_weights
from crack_exp.run.evaluation import keep_probabilities
from crack_exp.run.outcome import RunResult
from crack_exp.run.record_epochs import record_epoch, record_phase
from crack_exp.run.state import Run
from crack_exp.run_files.kept_training import KeptTraining
from crack_exp.run_files.names import DATA_SHA256, TEST, on_validation
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.run_files.recorded_metrics import figures_under, validation_figures
from crack_exp.system.errors import UserError
from crack_exp.tracking.search import find_runs
from crack_exp.training.checkpoint import Checkpoint, write_checkpoint

log = logging.getLogger(__name__)


def result_of(config: Config, finished: PredictedRun) -> RunResult:
    """The figures of a finished run whose evaluation settings were those of `config`."""
    settings, metrics = config.evaluation, finished.run.metrics
    threshold = figures_under(TEST, metrics).get("threshold")
    resamples = settings.bootstrap_resamples
    test = evaluate(finished.predictions, settings.confidence, resamples, config.seed, threshold)
    return RunResult(validation_figures(metrics), test, finished.run.tags[DATA_SHA256])


def result_recorded(config: Config, run_id: str) -> RunResult:
    """The same by the id of a run. Raises UserError where it was stopped before its evaluation."""
    (run,) = find_runs(config.tracking.store, ids=[run_id])
    finished = read_predicted_run(run)
    if isinstance(finished, str):
        raise UserError(f"resume: run {run_id} {finished}, and its result cannot be returned")
    return result_of(config, finished)


def take_over(run: Run, kept: KeptTraining) -> None:
    """Put weights, epochs and predictions of an earlier run into the checkpoints of this one, as if it had trained."""
    log.info("trained before, in run %s: its predictions are evaluated anew", kept.run_id)
    take_weights(run.model, keras.saving.load_model(kept.model, compile=False), kept.temperature)
    for stage, probabilities in kept.stages.items():
        keep_probabilities(probabilities, run.checkpoints.probabilities(on_validation(stage)))
    keep_probabilities(kept.test, run.checkpoints.probabilities(TEST))
    for record in kept.history:
        record_epoch(run.recorder, record)
    for phase, plan in zip(run.parts.phases, run.plans, strict=False):
        epochs = [record for record in kept.history if record.phase == phase.name]
        record_phase(run.recorder, phase.name, epochs, len(plan.batches.train_labels))
    if run.parts.phases:
        write_checkpoint(_trained(run, kept), run.checkpoints.training)


def _trained(run: Run, kept: KeptTraining) -> Checkpoint:
    """The checkpoint at the end of the last phase."""
    return Checkpoint(
        phase=run.parts.phases[-1].name,
        history=kept.history,
        weights=run.plans[-1].model.get_weights(),
        optimizer=[],
        stopped=True,
        finished=True,
        best=None,
        wait=0,
        best_weights=[],
    )
