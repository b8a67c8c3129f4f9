"""A logged model behind MLflow's own commands."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from crack_exp.model.card_file import save_with_card
from crack_exp.tracking.recorder import Recorder
from tests.deployed_models import brightness_network, card_of, grey, png

PATIENCE_S = 120
LOCAL = ("--env-manager", "local")


@pytest.fixture
def model(
    mlruns: Path, tmp_path: Path, open_test_run: Callable[..., AbstractContextManager[Recorder]]
) -> tuple[str, dict[str, str]]:
    """Its address, and the environment of commands that use it."""
    network = brightness_network()
    card = card_of(network)
    save_with_card(network, card, tmp_path / "model.keras", beside=tmp_path / "card.json")
    with open_test_run() as run:
        run.model(tmp_path / "model.keras", card.as_values(), example=png(grey(10)))
    assert run.failures == []
    here = str(Path(sys.executable).parent)
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": f"sqlite:///{mlruns}/mlflow.db",
        "PATH": f"{here}:{os.environ['PATH']}",  # MLflow starts its server by its name
    }
    (model,) = MlflowClient(tracking_uri=environment["MLFLOW_TRACKING_URI"]).search_logged_models([run.experiment_id])
    return model.model_uri, environment


def request() -> dict[str, Any]:
    """A dark and a bright image."""
    images = [base64.b64encode(png(grey(level))).decode() for level in (10, 240)]
    return {"dataframe_split": {"columns": ["image"], "data": [[image] for image in images]}}


def check(answer: str) -> None:
    rows = json.loads(answer)["predictions"]
    assert [(row["label"], row["is_crack"], row["threshold"]) for row in rows] == [
        ("intact", False, 0.5),
        ("wide", True, 0.5),
    ]
    assert all(row["crack_score"] == pytest.approx(1 - row["probabilities"]["intact"], abs=1e-6) for row in rows)


def test_mlflow_models_predict(model: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    address, environment = model
    (tmp_path / "images.json").write_text(json.dumps(request()))
    command = [sys.executable, "-m", "mlflow", "models", "predict", "-m", address, "-t", "json", *LOCAL]
    command += ["-i", str(tmp_path / "images.json"), "-o", str(tmp_path / "answer.json")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    check((tmp_path / "answer.json").read_text())


def test_mlflow_models_serve(model: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    address, environment = model
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", address, "--port", str(port), *LOCAL]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True
        )
    try:
        check(asked(f"http://127.0.0.1:{port}/invocations", server, tmp_path / "log"))
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def asked(url: str, server: "subprocess.Popen[bytes]", log: Path) -> str:
    """What the server answers, as soon as it listens."""
    body, end = json.dumps(request()).encode(), time.monotonic() + PATIENCE_S
    while True:
        assert server.poll() is None and time.monotonic() < end, log.read_text()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=PATIENCE_S
            ) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError:
            time.sleep(0.2)
