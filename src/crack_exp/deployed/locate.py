"""From the name of a model to its file: one way for every command."""

from collections.abc import Sequence
from pathlib import Path

from crack_exp.config import DeployedConfig
from crack_exp.config.similar import similar
from crack_exp.evaluation.pairwise import LOWER_IS_BETTER
from crack_exp.run_files.names import MODEL, MODEL_SHA256, RUN_FOLDER
from crack_exp.run_files.recorded_metrics import validation_figures
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.progress import doing
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.logged_models import REGISTERED, file_of_registered, file_of_run
from crack_exp.tracking.search import NothingFound, find_runs

LATEST, BEST = "latest", "best"
PAINTED = {"painted": "mobilenet_v2_035", "painted_wide": "mobilenet_v2"}
"""The models that come with the package, and the names of their networks under conf/model/."""

LOGGED = f"artifacts/{MODEL}"
"""The file of the network in a logged model."""


def file_of_model(config: DeployedConfig) -> Path | None:
    """The .keras file of the model that the settings name; None for one that comes with the package.

    Called before TensorFlow is imported, which takes seconds. Raises UserError where there is none.
    """
    if config.model in PAINTED:
        return None
    store, tracking = config.tracking.store, config.tracking
    with doing("looking for the model"):
        return find_model(config.model, store, experiment=tracking.experiment, best_by=config.best_by)


def find_model(name: str, store: StoreAddress, *, experiment: str, best_by: str) -> Path:
    """The .keras file of a model.

    name: "latest" or "best" (by the validation metric `best_by`) of the finished runs of `experiment`; an id of a run,
    or its beginning; models:/NAME@ALIAS or models:/NAME/VERSION; the folder of a run or of a logged model; a file.
    Raises UserError where there is none.
    """
    if name in (LATEST, BEST):
        runs = _runs_with_model(name, store, experiment)
        return _file_of(runs[-1] if name == LATEST else _best(runs, best_by), store)
    if name.startswith(REGISTERED):
        return file_of_registered(store, name, LOGGED)
    path = Path(name).expanduser()
    if path.is_dir():
        return _in_folder(path)
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise UserError(f"model={name}: no such file or folder; check the path")
    return _file_of(_run(name, store), store)


def _runs_with_model(name: str, store: StoreAddress, experiment: str) -> list[FinishedRun]:
    """The finished runs of `experiment` that have a model, oldest first."""
    try:
        runs = [run for run in find_runs(store, experiment=experiment) if _has_model(run)]
    except NothingFound as error:
        raise UserError(
            f"model={name}: no run yet ({error}); train a model by python -m crack_exp.run, or take model=painted"
        ) from error
    if not runs:
        raise UserError(
            f"model={name}: no finished run of tracking.experiment={experiment} has a model; train one by "
            "python -m crack_exp.run, or take model=painted"
        )
    return runs


def _has_model(run: FinishedRun) -> bool:
    return run.status == "FINISHED" and MODEL_SHA256 in run.tags


def _best(runs: Sequence[FinishedRun], metric: str) -> FinishedRun:
    """The run with the best validation figure; of equal ones the latest."""
    sign = -1 if metric in LOWER_IS_BETTER else 1
    rated = [(sign * figures[metric], run) for run in runs if metric in (figures := validation_figures(run.metrics))]
    if not rated:
        raise UserError(f"model=best: no run has the validation metric best_by={metric}; choose another one")
    best = max(figure for figure, _ in rated)
    return [run for figure, run in rated if figure == best][-1]


def _run(name: str, store: StoreAddress) -> FinishedRun:
    try:
        (run,) = find_runs(store, ids=[name], setting="model")
    except UserError as error:
        if near := similar(name, [LATEST, BEST, *PAINTED]):
            raise UserError(f"model={name}: no such file, and no such run; did you mean {near[0]}?") from error
        if isinstance(error, NothingFound):
            raise UserError(f"model={name}: no such file, and no run ({error})") from error
        raise
    if not _has_model(run):
        raise UserError(f"model={name}: run {run.run_id} ('{run.name}') is {run.status} and has no model; name another")
    return run


def _file_of(run: FinishedRun, store: StoreAddress) -> Path:
    """The file in the run's folder if it is unchanged there, else the one in MLflow."""
    local = Path(run.tags.get(RUN_FOLDER, ""), MODEL)
    if local.is_file() and file_sha256(local) == run.tags[MODEL_SHA256]:
        return local
    return file_of_run(store, run.run_id, LOGGED)


def _in_folder(folder: Path) -> Path:
    """The model in the folder of a run, or of a logged model."""
    files = [folder / MODEL, folder / LOGGED]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise UserError(
            f"model={folder}: a folder without {MODEL}; give the folder of a finished run, e.g. outputs/DATE/TIME"
        )
    return found
