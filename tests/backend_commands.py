"""Commands on one of Keras's backends, in an environment that has it: done, killed and gone on with, or served."""

import csv
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.commands import REPOSITORY, clean_environment

ANSWER_OF_MLFLOW = """
import sys, mlflow, numpy, pandas, PIL.Image
run_id, output, *files = sys.argv[1:]
client = mlflow.MlflowClient("sqlite:///mlruns/mlflow.db")
mlflow.set_tracking_uri("sqlite:///mlruns/mlflow.db")
(model,) = client.get_run(run_id).outputs.model_outputs
images = pandas.DataFrame({"image": [open(file, "rb").read() for file in files]})
numpy.save(output, mlflow.pyfunc.load_model(f"models:/{model.model_id}").predict(images)["crack_score"].to_numpy())
"""


@dataclass(frozen=True)
class Backend:
    """python: of an environment that has this package and the backend; home: the folder of all commands."""

    name: str
    python: str
    home: Path

    def do(self, verb: str, *words: str) -> str:
        """`python -m crack_exp.VERB WORDS`; what it printed."""
        return self._done(f"crack_exp.{verb}", ["-m", f"crack_exp.{verb}", *words])

    def kill(self, line_begins: str, verb: str, *words: str) -> None:
        """The same, killed as soon as it prints such a line."""
        with self._started(verb, *words) as process:
            for line in process.stdout or ():
                if line.startswith(line_begins):
                    process.kill()
        assert process.returncode == -signal.SIGKILL, f"{self.name}: {verb} was over before it was killed"

    def answers_of_mlflow(self, folder: str, files: list[Path]) -> np.ndarray:
        """Crack scores by the model that the run in `folder` left in MLflow, without this package."""
        output = self.home / f"mlflow_{self.name}.npy"
        run_id = json.loads((self.home / folder / "model_card.json").read_text())["run_id"]
        self._done("MLflow", ["-c", ANSWER_OF_MLFLOW, run_id, str(output), *map(str, files)])
        return np.load(output)

    def answers_of_server(self, model: Path, files: list[Path]) -> np.ndarray:
        """Crack scores that `crack_exp.serve` gives for one file after the other."""
        with self._started("serve", f"model={model}", "port=0", "engine=keras") as process:
            try:
                began = (line for line in process.stdout or () if line.startswith("serving on "))
                address = next(began).split()[2]
                return np.array([_asked(f"{address}/predict", file) for file in files])
            finally:
                process.send_signal(signal.SIGINT)

    def on_two_devices(self) -> dict[str, Any]:
        """What `tests.mirrored` finds on two devices of the CPU."""
        environment = self._environment | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
        command = [self.python, "-m", "tests.mirrored"]
        done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{self.name}: two devices failed\n{done.stdout}\n{done.stderr}")
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def _done(self, what: str, words: list[str]) -> str:
        command = [self.python, *words]
        done = subprocess.run(command, cwd=self.home, env=self._environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{self.name}: {what} failed\n{done.stdout}\n{done.stderr}")
        if "Warning" in done.stderr:
            sys.exit(f"{self.name}: {what} warned\n{done.stderr}")
        return done.stdout

    @contextmanager
    def _started(self, verb: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
        command = [self.python, "-m", f"crack_exp.{verb}", *words]
        out, err = subprocess.PIPE, subprocess.STDOUT
        with subprocess.Popen(
            command, cwd=self.home, env=self._environment, stdout=out, stderr=err, text=True
        ) as process:
            yield process

    @property
    def _environment(self) -> dict[str, str]:
        return clean_environment() | {"KERAS_BACKEND": self.name, "CRACK_EXP_CACHE": str(self.home / "cache")}


def _asked(address: str, file: Path) -> float:
    with urllib.request.urlopen(address, data=file.read_bytes(), timeout=60) as answer:
        return float(json.load(answer)["verdicts"][0]["crack_score"])


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def scores(folder: Path) -> np.ndarray:
    return np.array([float(row["crack_score"]) for row in rows(folder / "predictions.csv")])


def verdicts(folder: Path) -> np.ndarray:
    return np.array([row["decision"] for row in rows(folder / "predictions.csv")])


def same_pretraining(one: Path, other: Path) -> bool:
    """Whether two folders hold the same weights, and the same figures of each chunk but for its times."""
    with np.load(one / "painted.npz") as arrays, np.load(other / "painted.npz") as others:
        names = [name for name in arrays if name != "about"]  # how many minutes it took
        equal = all(np.array_equal(arrays[name], others[name]) for name in names)
    return equal and _untimed(one / "history.csv") == _untimed(other / "history.csv")


def _untimed(file: Path) -> list[dict[str, str]]:
    return [{name: value for name, value in row.items() if "second" not in name} for row in rows(file)]
