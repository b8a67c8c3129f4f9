"""`python -m tests.many_clients 20`: so many processes record whole runs at once on the tracking server of deploy/.

Twice: with a server that stays up, and with one that is killed in the midst, with its database, and started again; what
is not recorded then is handed in by the command that each run printed. Both times MLflow must have all of each run:
settings, metrics, steps, tags, files and model as a run alone leaves them in a file of its own, and the same bytes of
each file as the run's folder has.
"""

import hashlib
import os
import re
import shlex
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run

from crack_exp.system.memory import free_bytes
from tests.commands import clean_environment, only_folder
from tests.fork_server import Forked, stop_server
from tests.postgres import Postgres, postgres
from tests.tracking_server import TrackingServer, tracking_server

PATIENCE_S = 1500
WORKERS = 4
THREADS = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
DIFFERS = re.compile(r"seconds|images_per_second|size_mb")
"""Names of metrics whose values differ from one run to the next that does the same."""

OF_THE_RUN = ("predictions.csv", "report.html", "config.yaml")


@dataclass(frozen=True)
class Whole:
    """What a run left in MLflow. metrics: {name: [(step, value)]}, those that differ without their values."""

    status: str
    params: dict[str, str]
    metrics: dict[str, list[tuple[int, float | None]]]
    tags: set[str]
    files: set[str]
    model_files: set[str]
    model_status: str
    model_metrics: set[str]

    def differs_from(self, other: "Whole") -> dict[str, object]:
        """{part: what only one of them has}; {} where nothing is lost."""
        mine, others = vars(self), vars(other)
        return {name: _in_one_alone(mine[name], others[name]) for name in mine if mine[name] != others[name]}


def _in_one_alone(one: object, other: object) -> object:
    """Of two tables, or two sets, the entries that they do not share."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: (one.get(key), other.get(key)) for key in one | other if one.get(key) != other.get(key)}
    return one ^ other if isinstance(one, set) and isinstance(other, set) else (one, other)


def settings(shared: Path) -> list[str]:
    """The smallest run that trains."""
    images = [f"data.folder={shared / 'painted'}", "data.images=100", "data.size_px=64"]
    network = ["model=mobilenet_v2_035", f"model.weights={shared / 'body.weights.h5'}", "model.image_size_px=32"]
    return [
        *images,
        *network,
        "training.epochs=5",
        "fine_tune=none",
        "runtime.precision=float32",
        "evaluation.bootstrap_resamples=50",
    ]


def make_shared(folder: Path) -> None:
    """Images and weights for all."""
    import keras

    from crack_exp.data.sources.synthetic import synthetic

    keras.utils.set_random_seed(0)
    body = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
    body.save_weights(folder / "body.weights.h5")
    synthetic(folder / "painted", images=100, size_px=64, paint_seed=0)


def start(words: Sequence[str], home: Path, environment: dict[str, str]) -> Forked:
    """A run in a process of its own, which draws its plots; with its own cache, as on a machine of its own."""
    program = f"import sys\nfrom crack_exp import run\nsys.argv = ['run', *{list(words)!r}]\nrun.main()\n"
    cache = {"CRACK_EXP_CACHE": str(home / "cache")}
    return Forked(["-c", program], home, clean_environment() | THREADS | cache | environment)


def new_homes(folder: Path, count: int) -> list[Path]:
    homes = [folder / f"client-{number}" for number in range(count)]
    for home in homes:
        home.mkdir(parents=True)
    return homes


def whole(client: MlflowClient, run: Run) -> Whole:
    """All that MLflow has of a run."""
    run_id = run.info.run_id
    histories = {name: client.get_metric_history(run_id, name) for name in run.data.metrics}
    (output,) = run.outputs.model_outputs
    model = client.get_logged_model(output.model_id)
    files = Path(download_artifacts(artifact_uri=model.artifact_location, tracking_uri=client.tracking_uri))
    return Whole(
        status=run.info.status,
        params={name: value for name, value in run.data.params.items() if not name.startswith("tracking.")},
        metrics={
            name: sorted((one.step, None if DIFFERS.search(name) else one.value) for one in history)
            for name, history in histories.items()
        },
        tags=set(run.data.tags),
        files=set(listed(client, run_id)),
        model_files={path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()},
        model_status=str(model.status),
        model_metrics={metric.key for metric in model.metrics or []},
    )


def listed(client: MlflowClient, run_id: str, folder: str | None = None) -> Iterator[str]:
    """The paths of all files of a run."""
    for entry in client.list_artifacts(run_id, folder):
        if entry.is_dir:
            yield from listed(client, run_id, entry.path)
        else:
            yield entry.path


def check_same_bytes(client: MlflowClient, run: Run, home: Path) -> int:
    """Assert that each file of the run has the bytes that its folder has; returns the number of files."""
    place = Path(download_artifacts(run_id=run.info.run_id, tracking_uri=client.tracking_uri))
    files = [path for path in place.rglob("*") if path.is_file()]
    for path in files:
        name = path.relative_to(place)
        assert sha256(path) == sha256(only_folder(home) / name), f"{home}: {name} is not the file of the run"
    return len(files)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def check_nothing_lost(server: TrackingServer, homes: Sequence[Path], alone: Whole) -> None:
    """Assert that MLflow has one whole run of each home, as the one that was `alone`, and no other run."""
    client = MlflowClient(server.address)
    runs = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id], max_results=1000)
    folders = {str(only_folder(home).resolve()): home for home in homes}
    of_homes = [run for run in runs if run.data.tags["run_folder"] in folders]
    states = Counter(run.info.status for run in of_homes)
    assert len(of_homes) == len(homes) and states == {"FINISHED": len(homes)}, f"runs in MLflow: {states}"
    files = 0
    for run in of_homes:
        assert not (differing := whole(client, run).differs_from(alone)), differing
        files += check_same_bytes(client, run, folders[run.data.tags["run_folder"]])
    values = sum(len(history) for history in alone.metrics.values()) * len(homes)
    print(f"  {len(homes)} runs are whole: {values} metric values, {files} files with the same bytes", flush=True)
    print(f"  open at once: {most_at_once([(one.info.start_time, one.info.end_time) for one in of_homes])}", flush=True)


def most_at_once(spans: Sequence[tuple[int, int]]) -> int:
    """How many of these spans of time overlap at most."""
    return max(sum(begin <= moment < end for begin, end in spans) for moment, _ in spans)


@contextmanager
def memory_watched() -> Iterator[list[int]]:
    """How many bytes of memory the machine uses more than at the start, at most."""
    before, most, over = free_bytes() or 0, [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            most[0] = max(most[0], before - (free_bytes() or 0))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


def all_at_once(server: TrackingServer, homes: Sequence[Path], shared: Path) -> list[Forked]:
    return [start([*settings(shared), f"tracking.uri={server.address}"], home, server.login) for home in homes]


def with_a_server_that_stays(server: TrackingServer, homes: Sequence[Path], shared: Path, alone: Whole) -> None:
    began = time.monotonic()
    with server.up(WORKERS), memory_watched() as most:
        ended = [one.wait(PATIENCE_S) for one in all_at_once(server, homes, shared)]
        seconds = time.monotonic() - began
        for one in ended:
            assert one.returncode == 0 and "MLflow did not record" not in one.stdout + one.stderr, said(one)
        print(
            f"a server that stays: {len(homes)} runs in {seconds:.0f} s, {most[0] / 1e9:.1f} GB of memory", flush=True
        )
        check_nothing_lost(server, homes, alone)


def with_a_server_that_is_killed(
    server: TrackingServer, database: Postgres, homes: Sequence[Path], shared: Path, alone: Whole
) -> None:
    with server.up(WORKERS) as process:
        clients = all_at_once(server, homes, shared)
        wait_until_some_are_in_training(homes)
        os.killpg(process.pid, signal.SIGKILL)
        database.stop(signal.SIGKILL)
        print("a server that is killed, and its database with it:", flush=True)
        ended = [one.wait(PATIENCE_S) for one in clients]
    codes = Counter(one.returncode for one in ended)
    print(f"  exit codes of {len(homes)} runs: {dict(codes)}", flush=True)
    database.start()
    with server.up(WORKERS):
        for one, home in zip(ended, homes, strict=True):
            assert one.returncode in (1, 2) and "Traceback" not in one.stderr, said(one)
            rest = printed(one) if one.returncode == 2 else [*settings(shared), f"tracking.uri={server.address}"]
            done = start(rest, home, server.login).wait(PATIENCE_S)
            assert done.returncode == 0, said(done)
        check_nothing_lost(server, homes, alone)


def wait_until_some_are_in_training(homes: Sequence[Path]) -> None:
    """Until half of the runs have a checkpoint: some are before, some behind it."""
    until = time.monotonic() + PATIENCE_S
    while sum(any(home.glob("outputs/*/*/checkpoint/training.npz")) for home in homes) < len(homes) / 2:
        assert time.monotonic() < until, "no run trains"
        time.sleep(0.1)


def printed(ended: "CompletedProcess[str]") -> list[str]:
    """The settings of the command that is said to record the rest."""
    (command,) = re.findall(r"without training again, by: (.*)", ended.stderr)
    return shlex.split(command, comments=True)[3:]


def said(ended: "CompletedProcess[str]") -> str:
    return f"exit code {ended.returncode}\n{ended.stdout[-2000:]}\n{ended.stderr[-3000:]}"


def run_alone(folder: Path, shared: Path) -> Whole:
    """What a run leaves in a file of MLflow, when nothing is in its way."""
    (home,) = new_homes(folder, 1)
    done = start(settings(shared), home, {}).wait(PATIENCE_S)
    assert done.returncode == 0, said(done)
    client = MlflowClient(f"sqlite:///{home}/mlruns/mlflow.db")
    (run,) = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
    found = whole(client, run)
    assert set(OF_THE_RUN) <= found.files and found.model_metrics, found
    return found


def main(clients: int) -> None:
    with tempfile.TemporaryDirectory(prefix="crack_exp_clients_", ignore_cleanup_errors=True) as place:
        shared, folder = Path(place, "shared"), Path(place, "server")
        shared.mkdir()
        folder.mkdir()
        make_shared(shared)
        alone = run_alone(Path(place, "alone"), shared)
        try:
            with postgres(["mlflow"]) as database:
                server = tracking_server(folder, database)
                os.environ |= server.login | {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
                with_a_server_that_stays(server, new_homes(Path(place, "stays"), clients), shared, alone)
                homes = new_homes(Path(place, "killed"), clients)
                with_a_server_that_is_killed(server, database, homes, shared, alone)
        finally:
            stop_server()


if __name__ == "__main__":
    main(int(sys.argv[1]))
