"""A run in MLflow, from its start to its end; and what it owes, recorded later."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crack_exp.system.locks import LockLost, raise_if_lost
from crack_exp.system.printed import as_markdown
from crack_exp.system.progress import doing
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.client import connect, store_errors
from crack_exp.tracking.entries import STATUS
from crack_exp.tracking.fail_safe import first_line
from crack_exp.tracking.mlflow_values import NAME_CHARACTERS, now_ms, shortened
from crack_exp.tracking.owed_file import HELD_BACK, OwedFile
from crack_exp.tracking.recorder import Recorder
from crack_exp.tracking.saved_view import NO_COLUMNS, Columns
from crack_exp.tracking.store import check_run, check_store, prepare_store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


class RunStopped(Exception):
    """Raised inside a run to end it early, with the reason as message."""


@contextmanager
def open_run(
    store: StoreAddress,
    experiment: str,
    *,
    output_folder: Path,
    run_name: str | None,
    run_id: str | None,
    first_tags: Mapping[str, str],
    columns: Columns = NO_COLUMNS,
) -> Iterator[Recorder]:
    """A run that is open inside the block, and is closed as FINISHED, FAILED or KILLED at its end.

    store, experiment, columns: see `prepare_store`; output_folder: has the run's own copy of everything that is
    recorded; run_name: None for a random name from MLflow; run_id: continue that run instead of starting one;
    first_tags: a new run has them from its first moment on, so that it is found however early its process is killed.
    The run does not become MLflow's active run, so several can be open in one process.
    Raises UserError where the store cannot be used or has no run `run_id`. Later errors of MLflow are not raised but
    reported at the end. Where this process has lost a lock, the run is left to who took over, and LockLost is raised.
    """
    of_run, owed = OwedFile(output_folder).read()
    with doing("opening MLflow's store"):
        prepare_store(store, experiment, columns)
        client, run = _open(store, experiment, run_name, run_id, first_tags)
    # A run that goes on has no status yet.
    kept = [one for one in owed if of_run == run_id and one.entry.kind != STATUS]
    recorder = Recorder(client, run, uri=store.absolute, output_folder=output_folder, owed=kept)
    try:
        yield recorder
    except (KeyboardInterrupt, SystemExit):
        recorder.close("KILLED")
        raise
    except RunStopped as stopped:
        recorder.tags({"stopped": str(stopped)})
        recorder.close("KILLED")
        raise
    except LockLost:  # the run, or its job, is another process's now
        raise
    except BaseException as error:
        recorder.tags({"error": first_line(error)})
        recorder.note(as_markdown(first_line(error)))
        recorder.close("FAILED")
        raise
    raise_if_lost()
    recorder.close("FINISHED")


def hand_in(store: StoreAddress, experiment: str, folder: Path, *, held_back: bool = False) -> str:
    """Record what the run in `folder` left in its OwedFile; what MLflow does not take this time stays there.

    held_back: also what was held back, see `Recorder.holding_back`.

    Returns the id of the run.
    Raises UserError where the store cannot be used, or the run is not there.
    """
    run_id, owed = OwedFile(folder).read()
    if held_back:
        run_id, held = OwedFile(folder, HELD_BACK).read()
        owed = [*owed, *held]
    assert run_id is not None
    check_store(store, experiment, run_id)
    with store_errors(store, f"continue run {run_id} in"):
        client = connect(store)
        run = client.get_run(run_id)
    Recorder(client, run, uri=store.absolute, output_folder=folder, owed=owed).hand_in()
    if held_back:  # by now MLflow has it, or the OwedFile
        OwedFile(folder, HELD_BACK).write(run_id, [])
    return run_id


def _open(
    store: StoreAddress, experiment: str, name: str | None, run_id: str | None, tags: Mapping[str, str]
) -> tuple["MlflowClient", "Run"]:
    with store_errors(store, "start a run in" if run_id is None else f"continue run {run_id} in"):
        client = connect(store)
        if run_id is None:
            entry, now = client.get_experiment_by_name(experiment), now_ms()
            name = name and shortened(name, NAME_CHARACTERS)
            run = client.create_run(entry.experiment_id, start_time=now, run_name=name, tags=dict(tags))
            _close_twins(client, run, tags)
            return client, run
        check_run(client, run_id, store)
        client.update_run(run_id, status="RUNNING")
        return client, client.get_run(run_id)


def _close_twins(client: "MlflowClient", run: "Run", tags: Mapping[str, str]) -> None:
    """Close what else began as this run: where a server's answer is lost, MLflow asks again, and then there are two."""
    same_time = client.search_runs([run.info.experiment_id], f"attributes.start_time = {run.info.start_time}")
    for one in same_time:
        if one.info.run_id != run.info.run_id and tags.items() <= one.data.tags.items():
            client.set_terminated(one.info.run_id, "KILLED")
