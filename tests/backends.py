"""`python -m tests.backends jax=PYTHON torch=PYTHON`: whole runs on other backends, beside one on TensorFlow.

On each backend a small run with augmentation is done, and again, but killed in fine-tuning and gone on with: the second
must end with the same bits. Crack scores must be near those on TensorFlow, and the model of TensorFlow must answer on
each backend as it does there. PYTHON: of an environment that has this package and that backend.
"""

import csv
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.commands import clean_environment

SMALL = (
    *("data.images=160", "model.image_size_px=64", "augment=flips", "training.epochs=3", "fine_tune.epochs=3"),
    *("runtime.precision=float32", "evaluation.bootstrap_resamples=100"),
)
KILLED_AT = "fine_tune: epoch 4/"
PREDICTED = 1e-4
"""Between probabilities of one model on two backends: they round otherwise."""

TRAINED = 0.05
"""Between crack scores after the same training; the masks of dropout and the rounding are each backend's own."""


@dataclass(frozen=True)
class Backend:
    name: str
    python: str

    def command(self, verb: str, *words: str) -> list[str]:
        return [self.python, "-m", f"crack_exp.{verb}", *words]

    @property
    def environment(self) -> dict[str, str]:
        return clean_environment() | {"KERAS_BACKEND": self.name}


def main() -> None:
    others = [Backend(*word.split("=", 1)) for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["CRACK_EXP_CACHE"] = str(home / "cache")
        failed = [line for line in report(Backend("tensorflow", sys.executable), others, home) if line.startswith("!")]
    sys.exit(1 if failed else 0)


def report(first: Backend, others: Sequence[Backend], home: Path) -> list[str]:
    """Print a line for each thing that was checked; those that failed begin with an exclamation mark."""
    lines = []

    def say(holds: bool, line: str) -> None:
        lines.append(f"{'ok' if holds else '!!'} {line}")
        print(lines[-1], flush=True)

    say(True, f"tensorflow: a whole run in {whole_run(first, home):.0f} s")
    expected, decided = scores(home / "tensorflow", "crack_score"), verdicts(home / "tensorflow")
    told = predicted(first, home)
    for backend in others:
        say(True, f"{backend.name}: a whole run in {whole_run(backend, home):.0f} s")
        found = scores(home / backend.name, "crack_score")
        difference, equal = np.abs(found - expected).max(), np.mean(verdicts(home / backend.name) == decided)
        about = f"crack scores of test images differ by up to {difference:.4f}, verdicts are equal for {equal:.0%}"
        say(bool(difference < TRAINED), f"{backend.name}: {about}")
        broken_run(backend, home)
        again = scores(home / f"{backend.name}_killed", "crack_score")
        say(np.array_equal(again, found), f"{backend.name}: killed and gone on with, it ends with the same bits")
        difference = np.abs(predicted(backend, home) - told).max()
        say(bool(difference < PREDICTED), f"{backend.name}: the model of tensorflow, differs by {difference:.1g}")
    return lines


def settings(home: Path, folder: str) -> list[str]:
    return [*SMALL, f"data.folder={home / 'painted'}", f"hydra.run.dir={home / folder}"]


def whole_run(backend: Backend, home: Path) -> float:
    """Seconds of a run into the folder of the backend's name."""
    began = time.monotonic()
    do(backend, home, "run", *settings(home, backend.name))
    return time.monotonic() - began


def broken_run(backend: Backend, home: Path) -> None:
    """The same run, killed as soon as it tells of an epoch, and gone on with."""
    folder = f"{backend.name}_killed"
    command = backend.command("run", *settings(home, folder))
    with subprocess.Popen(
        command, cwd=home, env=backend.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(KILLED_AT) and "val_loss" in line:
                process.kill()
    assert process.returncode == -signal.SIGKILL, f"{backend.name}: the run was over before it was killed"
    do(backend, home, "run", f"resume={home / folder}")


def predicted(backend: Backend, home: Path) -> np.ndarray:
    """Crack scores of the painted images by the model that learned on TensorFlow."""
    output = home / f"predicted_{backend.name}"
    images = next(one for one in (home / "painted").iterdir() if one.is_dir())
    words = [f"model={home / 'tensorflow'}", f"images={images}", f"output={output}", "engine=keras"]
    do(backend, home, "predict", *words)
    return scores(output, "crack_score")


def do(backend: Backend, home: Path, verb: str, *words: str) -> None:
    done = subprocess.run(
        backend.command(verb, *words), cwd=home, env=backend.environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{backend.name}: crack_exp.{verb} failed\n{done.stdout}\n{done.stderr}")


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "predictions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def scores(folder: Path, column: str) -> np.ndarray:
    return np.array([float(row[column]) for row in rows(folder)])


def verdicts(folder: Path) -> np.ndarray:
    return np.array([row["decision"] for row in rows(folder)])


if __name__ == "__main__":
    main()
