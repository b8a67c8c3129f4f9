"""A run that is recorded by MLflow's own server, which asks for a password, and is gone when the run ends."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from PIL import Image

from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.environment import mlflow_environment
from crack_exp.tracking.open_run import open_run
from tests.commands import crack_exp, forked_python, killed_after, only_folder
from tests.lossy_proxy import losing
from tests.mlflow_server import free_port, served

PASSWORD = "tr0ub4dor"


@dataclass(frozen=True)
class Site:
    """A folder to start runs from, and a server whose files lie in another one."""

    home: Path
    server: Path
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def setting(self) -> str:
        return f"tracking.uri=http://me:{PASSWORD}@127.0.0.1:{self.port}"

    @contextmanager
    def up(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Its server runs inside the block, unless it is killed."""
        store = f"--backend-store-uri sqlite:///{self.server}/mlflow.db --artifacts-destination {self.server}/artifacts"
        mlflow = Path(sys.executable).parent / "mlflow"
        command = f"{shlex.quote(str(mlflow))} server {store} --port {self.port} --workers 1"
        with served(command, self.server, f"{self.address}/health") as process:
            yield process


@dataclass(frozen=True)
class Story:
    """Of a run that was killed, resumed, ended when the server was gone, and was recorded when it was back."""

    site: Site
    ended: "subprocess.CompletedProcess[str]"
    again: "subprocess.CompletedProcess[str]"
    handed_in: "subprocess.CompletedProcess[str]"
    run: Run
    after_lost_answers: "AfterLostAnswers"


@dataclass(frozen=True)
class AfterLostAnswers:
    """What MLflow has of one run, when the first answers to it were lost. runs, models: their states."""

    missing: list[str]
    runs: list[str]
    models: list[str]


@pytest.fixture(scope="module")
def story(make_home: Callable[[], Path], tiny_head: list[str], tmp_path_factory: pytest.TempPathFactory) -> Story:
    site = Site(make_home(), tmp_path_factory.mktemp("server"), free_port())
    with site.up() as server:
        killed_after(2, *tiny_head, site.setting, cwd=site.home)
        resume = f"resume={only_folder(site.home).relative_to(site.home)}"
        ended = with_the_server_gone_at_the_end(server.pid, resume, site.setting, cwd=site.home)
    again = crack_exp(resume, site.setting, cwd=site.home)
    with site.up(), mlflow_environment():
        handed_in = crack_exp(*printed(ended)[3:], site.setting, cwd=site.home)
        client = MlflowClient(site.address)
        (run,) = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
        steps = {metric.step for metric in client.get_metric_history(run.info.run_id, "epoch/val_loss")}
        assert steps == {1, 2, 3}
        assert {file.path for file in client.list_artifacts(run.info.run_id)} >= {"predictions.csv", "report.html"}
        after = recorded_by_way_of_lost_answers(site)
    return Story(site, ended, again, handed_in, run, after)


def recorded_by_way_of_lost_answers(site: Site) -> AfterLostAnswers:
    folder = only_folder(site.home)
    card, picture = json.loads((folder / "model_card.json").read_text()), BytesIO()
    Image.new("RGB", (32, 32)).save(picture, "PNG")
    with losing(site.address, "/runs/create", "/logged-models") as address:
        store = StoreAddress(address, folder)
        with open_run(
            store, "lost", output_folder=folder, run_name="one", run_id=None, first_tags={"folder": "here"}
        ) as recorder:
            recorder.model(folder / "model.keras", card, picture.getvalue())
    client = MlflowClient(site.address)
    place = [client.get_experiment_by_name("lost").experiment_id]
    runs, models = client.search_runs(place), client.search_logged_models(place)
    states = [sorted(run.info.status for run in runs), sorted(str(model.status) for model in models)]
    return AfterLostAnswers(recorder.failures, *states)


def with_the_server_gone_at_the_end(server: int, *overrides: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    program = f"""
import os, signal, sys
from crack_exp import run
from crack_exp.run import workflow
original = workflow.record_outcome
def record_outcome(*arguments):
    os.killpg({server}, signal.SIGKILL)
    original(*arguments)
workflow.record_outcome = record_outcome
sys.argv = ["run", *{list(overrides)!r}]
run.main()
"""
    return forked_python(program, cwd)


def printed(ended: "subprocess.CompletedProcess[str]") -> list[str]:
    """The words of the command that is said to record the rest."""
    (command,) = re.findall(r"without training again, by: (.*)", ended.stderr)
    return shlex.split(command, comments=True)


def test_a_run_whose_server_is_gone_is_complete_but_does_not_end_as_if_it_were_recorded(story: Story) -> None:
    for one in (story.ended, story.again):
        assert "Traceback" not in one.stderr
    assert story.ended.returncode == 2, story.ended.stderr
    assert "but MLflow lacks" in story.ended.stderr
    assert (only_folder(story.site.home) / "report.html").is_file()
    assert not (only_folder(story.site.home) / "checkpoint").exists()
    assert story.again.returncode == 1 and "start that server" in story.again.stderr


def test_the_printed_command_records_the_rest_without_training_again(story: Story) -> None:
    assert story.handed_in.returncode == 0, story.handed_in.stderr
    assert "recorded in MLflow" in story.handed_in.stdout and "epoch" not in story.handed_in.stdout
    assert story.run.info.status == "FINISHED" and "test/auroc" in story.run.data.metrics
    assert story.run.outputs.model_outputs
    assert not list(story.site.home.rglob("not_in_mlflow.jsonl"))


def test_a_password_stands_in_no_file_and_is_not_printed(story: Story) -> None:
    site = story.site
    misspelt = crack_exp("trackin.uri=1", site.setting, cwd=site.home)
    assert misspelt.returncode == 1
    said = [one.stdout + one.stderr for one in (story.ended, story.again, story.handed_in, misspelt)]
    assert f"webbrowser {site.address}" in said[0]
    assert not any(PASSWORD in text for text in said)
    places = (site.home, site.server, Path(os.environ["CRACK_EXP_CACHE"]))
    written = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert {"config.yaml", "run.log", "mlflow.db", "MLmodel", "report.html"} <= {path.name for path in written}
    assert [path for path in written if PASSWORD.encode() in path.read_bytes()] == []
    assert f"uri: {site.address}\n" in (only_folder(site.home) / "config.yaml").read_text()


def test_a_lost_answer_leaves_no_second_run_that_stands_as_running(story: Story) -> None:
    after = story.after_lost_answers
    assert after.missing == []
    assert after.runs == ["FINISHED", "KILLED"]
    assert after.models == ["FAILED", "READY"]
