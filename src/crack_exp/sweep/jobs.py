"""Jobs of a sweep: each is done once, by one process, however often the sweep is started again."""

import hashlib
import importlib.metadata
import json
import logging
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from crack_exp.compare.finished_settings import NO_SETTINGS, PredictedRun, read_predicted_run
from crack_exp.config import Config
from crack_exp.evaluation.evaluate import Evaluation, evaluate
from crack_exp.run.outcome import Verdict, on_validation
from crack_exp.system.cache_dir import cache_dir
from crack_exp.system.locks import exclusive_lock
from crack_exp.tracking.mlflow_values import flatten
from crack_exp.tracking.search import SWEEP, FinishedRun, runs_with_tag

IDENTITY = "identity"
"""The tag of a run that tells what it was a run of."""

JOBS = "jobs"
WHERE_IMAGES_LIE = ("data.path", "data.folder", "data.url", "data.sha256", "data.image_root")
"""Settings that say nothing about images beyond what is in them."""

LIBRARIES = ("tensorflow", "keras", "numpy")

log = logging.getLogger(__name__)


@contextmanager
def sweep_job(config: Config, overrides: Sequence[str], images_sha256: str, precision: str) -> Iterator[Verdict | None]:
    """No other process is at the same job inside. The verdict of a run that did it before, None where there is none.

    A run that is of no sweep is always done, and waits for nobody: None.
    """
    if config.sweep.name is None:
        yield None
        return
    identity = run_identity(config, images_sha256, precision)
    with job_lock(identity):
        yield finished_job(config, overrides, identity)


def run_identity(config: Config, images_sha256: str, precision: str) -> str:
    """What decides the result of a run: settings, images, code. The same for whoever starts it, and wherever."""
    ignored = (*NO_SETTINGS, *WHERE_IMAGES_LIE)
    settings = {key: value for key, value in flatten(asdict(config)).items() if not key.startswith(ignored)}
    versions = [importlib.metadata.version(name) for name in LIBRARIES]
    facts = [settings, images_sha256, precision, code_sha256(), versions]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def code_sha256() -> str:
    """Fingerprint of this package's Python files: whatever is committed, and whatever is not."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package)}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


@contextmanager
def job_lock(identity: str) -> Iterator[None]:
    """No other process of this machine is at the same job inside; one that is makes this one wait."""
    lock = cache_dir() / JOBS / f"{identity}.lock"
    with exclusive_lock(lock, waiting="waiting for another process that is at this very job"):
        yield


def finished_job(config: Config, overrides: Sequence[str], identity: str) -> Verdict | None:
    """The verdict of the last run that finished this job, which from now on counts for the sweep at hand as well.

    For whoever is `job_lock` it: runs of this job that seem to go on never will, and are closed as KILLED.
    """
    tracking = config.tracking
    runs = runs_with_tag(IDENTITY, identity, uri=tracking.uri, folder=Path(tracking.folder))
    for run in runs:
        if run.status == "RUNNING":
            run.store.close_as_killed()
    finished = [
        (run, predicted_run) for run in runs if isinstance(predicted_run := read_predicted_run(run), PredictedRun)
    ]
    if not finished or config.sweep.rerun:
        return None
    run, predicted_run = finished[0]
    assert config.sweep.name is not None
    if run.tags.get(SWEEP) != config.sweep.name:
        name = config.run_name or ", ".join(overrides)
        run.store.join(config.sweep.name, name=name, overrides=shlex.join(overrides))
    log.info("done before, results in %s; sweep.rerun=true does it again", run.tags.get("run_folder", run.run_id))
    return Verdict(on_validation(run.metrics), _judged(config, run, predicted_run))


def _judged(config: Config, run: FinishedRun, predicted_run: PredictedRun) -> Evaluation:
    judging = config.evaluation
    threshold = run.metrics.get("test/threshold")
    return evaluate(predicted_run.predictions, judging.confidence, judging.bootstrap_resamples, config.seed, threshold)
