"""`python -m tests.kills 100`: kill commands at random moments, go on with each, and look at what comes of it.

Each command is killed, gone on with by `resume=` or by the same command again, killed again, and so on, until it may go
on to its end. Then its predictions must be, byte for byte, those of a command that nobody killed; no run may stand as
RUNNING in MLflow, no lock may be held, and every file that bears its final name must be whole, also right after a kill.
"""

import json
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf
from PIL import Image

from crack_exp.system.files import UNFINISHED
from crack_exp.system.locks import is_locked
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.store import prepare_store
from tests.commands import REPOSITORY, clean_environment
from tests.fork_server import Forked, stop_server

KILLS_EACH = 3
PATIENCE_S = 600
MAX_CONTINUATIONS = 4
SPACE = "defaults: [_common]\nfixed: [fine_tune=none]\nspace: {optimizer: [adam, sgd]}\n"
SMALL_NETWORK = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from crack_exp.pretrain import parts
from tests.pretrain.test_command import body
parts.build_body = body
"""
"""In the place of MobileNetV2, whose training step takes a quarter of a minute to compile."""

NO_PLOTS = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from tests.no_plots import leave_out_plots
leave_out_plots()
"""
"""Where others draw them already: they take a third of the time."""


@dataclass(frozen=True)
class Kind:
    """A command that is killed.

    resumes: whether it is gone on with by resume=, or else by the same command; before: Python to run
    in its process first.
    """

    verb: str
    overrides: list[str]
    resumes: bool
    before: str


def kinds(shared: Path) -> dict[str, Kind]:
    """All commands, with small settings. shared: holds images and weights."""
    images = [f"data.folder={shared / 'painted'}", "data.images=100", "data.size_px=64"]
    network = ["model=mobilenet_v2_035", f"model.weights={shared / 'body.weights.h5'}", "model.image_size_px=32"]
    settings = [
        *images,
        *network,
        "runtime.precision=float32",
        "evaluation.bootstrap_resamples=50",
        "training.epochs=3",
    ]
    both = [*settings, "fine_tune=last_block", "fine_tune.epochs=2", "fine_tune.optimizer.learning_rate=1e-4"]
    search = ["--config-dir", str(shared), "tune=two", "tune.name=mine", "tune.trials=2", "tune.pruning.curve=none"]
    paintings = ["paintings.per_chunk=32", "paintings.validation=100", "budget.minutes=null", "budget.images=320"]
    pretraining = [
        "optimizer=sgd",
        "runtime.precision=float32",
        "model.image_size_px=32",
        "training.batch_size=16",
        *paintings,
    ]
    start = f"model.weights={shared / 'small.weights.h5'}"
    return {
        "run": Kind("run", both, resumes=True, before=""),
        "sweep": Kind("run", ["-m", *settings, "fine_tune=none", "optimizer=adam,sgd"], resumes=False, before=NO_PLOTS),
        "tune": Kind("tune", [*search, *settings], resumes=False, before=NO_PLOTS),
        "pretrain": Kind("pretrain", [*pretraining, start], resumes=True, before=SMALL_NETWORK),
    }


def make_shared(folder: Path) -> None:
    """Images, weights, the space of the search and an empty store for all commands."""
    import keras

    from crack_exp.data.sources.synthetic import synthetic
    from tests.pretrain.test_command import network

    keras.utils.set_random_seed(0)
    body = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
    body.save_weights(folder / "body.weights.h5")
    network().save_weights(folder / "small.weights.h5")
    synthetic(folder / "painted", images=100, size_px=64, paint_seed=0)
    (folder / "tune").mkdir()
    (folder / "tune" / "two.yaml").write_text(SPACE)
    prepare_store(StoreAddress(None, folder), "crack_exp")


def new_home(shared: Path) -> Path:
    home = Path(tempfile.mkdtemp(dir=shared.parent, prefix="home-"))
    (home / "mlruns").mkdir()
    shutil.copy(shared / "mlflow.db", home / "mlruns")
    return home


def start(kind: Kind, overrides: list[str], home: Path) -> Forked:
    program = f"{kind.before}\nimport sys\nfrom crack_exp import {kind.verb}\n"
    program += f"sys.argv = [{kind.verb!r}, *{overrides!r}]\n{kind.verb}.main()\n"
    return Forked(["-c", program], home, clean_environment() | {"CRACK_EXP_CACHE": str(home / "cache")})


def next_overrides(kind: Kind, home: Path) -> list[str]:
    """What goes on with a killed command: only what has no checkpoint begins anew."""
    begun = sorted(home.glob("outputs/*/*/checkpoint"))
    return [f"resume={begun[-1].parent.relative_to(home)}"] if kind.resumes and begun else kind.overrides


def is_finished(kind: Kind, home: Path) -> bool:
    """Whether a killed command had done all: it was on its way out."""
    return kind.resumes and bool(results(home)) and not list(home.glob("outputs/*/*/checkpoint"))


def results(home: Path) -> dict[str, bytes]:
    """{what was computed: its predictions, or weights}; asserts that equal things have equal results."""
    found: dict[str, bytes] = {}
    for file in sorted((home / "outputs").rglob("predictions.csv")):
        if not (file.parent / "checkpoint").exists():
            config = OmegaConf.load(file.parent / "config.yaml")
            what = f"{config.optimizer['_target_']}, {config.fine_tune.stage}"
            assert found.setdefault(what, file.read_bytes()) == file.read_bytes(), f"{file}: not the result of its twin"
    for file in sorted((home / "outputs").rglob("painted.npz")):
        with np.load(file) as arrays:
            found["pretraining"] = arrays["weights"].tobytes() + arrays["head_kernel"].tobytes()
    return found


def check_whole(home: Path) -> None:
    """Assert that every file in outputs/ that bears its final name is whole."""
    for file in filter(Path.is_file, (home / "outputs").rglob("*")):
        if UNFINISHED in file.name or file.name.startswith("unfinished-"):
            continue
        try:
            WHOLE.get(file.suffix, lambda file: None)(file)
        except Exception as error:
            raise AssertionError(f"half a file under its name: {file} ({error!r})") from error


def _table(file: Path) -> None:
    assert file.read_bytes().endswith(b"\n")


def _archive(file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None


def _picture(file: Path) -> None:
    with Image.open(file) as picture:
        picture.load()


def _page(file: Path) -> None:
    assert file.read_text().rstrip().endswith("</html>")


WHOLE: dict[str, Callable[[Path], object]] = {
    ".csv": _table,
    ".json": lambda file: json.loads(file.read_text()),
    ".yaml": lambda file: OmegaConf.to_container(OmegaConf.load(file)),
    ".npz": _archive,
    ".keras": _archive,
    ".png": _picture,
    ".html": _page,
}


def check_finished(kind: Kind, home: Path, expected: dict[str, bytes]) -> None:
    """Assert what must be true when a killed command was gone on with to its end."""
    check_whole(home)
    found = results(home)
    assert found, "no result"
    for what, result in found.items():
        assert result == expected[what], f"{what}: other predictions than without a kill"
    with closing(sqlite3.connect(home / "mlruns" / "mlflow.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        states = Counter(status for (status,) in store.execute("SELECT status FROM runs"))
    assert "RUNNING" not in states and "FAILED" not in states and states["FINISHED"] >= 1, f"runs in MLflow: {states}"
    assert not [lock for lock in home.rglob("*lease") if is_locked(lock)], "a lock is held"
    if kind.resumes:
        left = [str(file) for file in _left(home)]
        assert not left, f"left behind: {left}"


def _left(home: Path) -> Iterator[Path]:
    """Files of killed processes in the folders that the command went on in."""
    results = (file for file in home.glob("outputs/*/*/*") if file.name in ("predictions.csv", "painted.npz"))
    for folder in {file.parent for file in results}:
        yield from folder.rglob(f"*{UNFINISHED}*")
        yield from folder.rglob(".lease")


def go_on(kind: Kind, home: Path) -> None:
    """Until it is finished: a run that never came to train is begun anew, and the one before it is not resumed."""
    for _ in range(MAX_CONTINUATIONS):
        if is_finished(kind, home):
            return
        done = start(kind, next_overrides(kind, home), home).wait(PATIENCE_S)
        assert done.returncode == 0 and "Traceback" not in done.stderr, f"went on badly: {done.stderr[-2000:]}"
        if not kind.resumes:
            return
    raise AssertionError("not finished")


def killed_once(kind: Kind, overrides: list[str], home: Path, seconds: float) -> bool:
    """Start it and kill it after `seconds`; False where it was done before."""
    process = start(kind, overrides, home)
    time.sleep(seconds)
    process.kill()
    done = process.wait(PATIENCE_S)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    check_whole(home)
    return done.returncode != 0


def kill_and_go_on(kind: Kind, shared: Path, draw: random.Random, seconds: float, expected: dict[str, bytes]) -> int:
    """The number of kills. A command that was done before the second one is not killed again."""
    home, kills = new_home(shared), 0
    try:
        while kills < KILLS_EACH and not is_finished(kind, home):
            # What was killed before has less to do.
            moment = draw.uniform(0, seconds / (1 + kills))
            if not killed_once(kind, next_overrides(kind, home), home, moment):
                break
            kills += 1
        go_on(kind, home)
        check_finished(kind, home, expected)
    except AssertionError as error:
        raise AssertionError(f"in {home}: {error}") from error
    shutil.rmtree(home)
    return kills


def references(all_kinds: dict[str, Kind], shared: Path) -> tuple[dict[str, bytes], dict[str, float]]:
    """The results of all commands that nobody kills, and the seconds that each takes."""
    expected, seconds = dict[str, bytes](), dict[str, float]()
    for name, kind in all_kinds.items():
        home, began = new_home(shared), time.monotonic()
        done = start(kind, kind.overrides, home).wait(PATIENCE_S)
        assert done.returncode == 0, done.stderr[-2000:]
        seconds[name] = time.monotonic() - began
        for what, result in results(home).items():
            assert expected.setdefault(what, result) == result, f"{what}: not the same twice without any kill"
        print(f"{name}: {seconds[name]:.0f} s without a kill", flush=True)
        shutil.rmtree(home)
    return expected, seconds


def main(wanted: int, seed: int) -> int:
    draw, kills, finished, failures = random.Random(seed), Counter[str](), 0, 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shared = Path(folder, "shared")
        shared.mkdir()
        make_shared(shared)
        all_kinds = kinds(shared)
        expected, seconds = references(all_kinds, shared)
        while kills.total() < wanted:
            name = min(all_kinds, key=lambda kind: kills[kind])
            began = time.monotonic()
            try:
                kills[name] += kill_and_go_on(all_kinds[name], shared, draw, seconds[name], expected)
                finished += 1
            except AssertionError as error:
                failures += 1
                kills[name] += 1
                print(f"{name}: {error}", flush=True)
            took = time.monotonic() - began
            print(f"{kills.total()} kills, {finished} finished, {failures} failed; {name}: {took:.0f} s", flush=True)
        print(f"{kills.total()} kills: {dict(kills)}; {finished} commands finished, {failures} failed")
    stop_server()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
