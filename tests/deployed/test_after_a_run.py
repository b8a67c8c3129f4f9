"""The model of a run in use: it says the same by every way, and every name of it leads to it."""

import csv
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import numpy as np
import pandas
import pytest
from mlflow import MlflowClient
from PIL import Image

from crack_exp import load_model
from crack_exp.deployed.locate import find_model
from crack_exp.model.card import read_model_card
from crack_exp.predict import predict
from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.environment import mlflow_environment
from tests.commands import crack_exp


@dataclass(frozen=True)
class Finished:
    """A finished run: the folder it was started from, its own folder, what it printed, its id."""

    home: Path
    folder: Path
    said: str
    run_id: str

    @property
    def store(self) -> str:
        return f"sqlite:///{self.home}/mlruns/mlflow.db"

    @property
    def in_mlflow(self) -> str:
        """The address of its model."""
        (logged,) = MlflowClient(self.store).get_run(self.run_id).outputs.model_outputs
        return f"models:/{logged.model_id}"


@pytest.fixture(scope="module")
def run(tiny_head: list[str], make_home: Callable[[], Path]) -> Iterator[Finished]:
    home = make_home()
    # In 16 bits, which move scores: the figures of a run are those of its model in float32 all the same.
    learning = ["model.weights=painted", "optimizer.learning_rate=3e-3", "runtime.precision=mixed_bfloat16"]
    done = crack_exp(*tiny_head, *learning, "seed=7", cwd=home)
    assert done.returncode == 0, done.stderr
    (file,) = home.glob("outputs/*/*/model.keras")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        # Not by MLflow's own function: it would stay the address of the process for all later tests.
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home}/mlruns/mlflow.db")
        yield Finished(home, file.parent, done.stdout, read_model_card(file).run_id)


@pytest.fixture(scope="module")
def images(painted: Path) -> list[str]:
    return sorted(map(str, painted.glob("*/*.*")))[:20]


def served(run: Finished, inputs: list[object]) -> pandas.DataFrame:
    """What the model in MLflow says."""
    with mlflow_environment():
        loaded = mlflow.pyfunc.load_model(run.in_mlflow)
        return loaded.predict(pandas.DataFrame({"image": inputs}))


def test_the_command_python_and_the_model_in_mlflow_say_the_same(run: Finished, images: list[str]) -> None:
    listed = f"images=[{','.join(images)}]"
    table = predict(["model=latest", listed, "output=parity", "format=jsonl", "engine=keras"]).table
    rows = [json.loads(line) for line in table.read_text().splitlines()]
    model = load_model("latest", ["engine=keras"])
    verdicts = list(model.predict(images))
    pixels = [np.asarray(Image.open(name)) for name in images]
    of_arrays = list(model.predict(pixels))
    in_mlflow = served(run, [Path(name).read_bytes() for name in images])
    assert [row["name"] for row in rows] == [verdict.name for verdict in verdicts] == images
    assert [verdict.name for verdict in of_arrays[:2]] == ["image 0", "image 1"]
    for label in ([row["label"] for row in rows], [verdict.label for verdict in of_arrays], list(in_mlflow["label"])):
        assert label == [verdict.label for verdict in verdicts]
    decisions = [verdict.is_crack for verdict in verdicts]
    assert decisions == [row["is_crack"] for row in rows] == [verdict.is_crack for verdict in of_arrays]
    assert decisions == list(in_mlflow["is_crack"])
    scores = np.array([verdict.crack_score for verdict in verdicts], float)
    for others in ([row["crack_score"] for row in rows], list(in_mlflow["crack_score"])):
        np.testing.assert_allclose(others, scores, atol=1e-6)


def test_the_test_images_have_the_scores_that_the_run_wrote_down(run: Finished, painted: Path) -> None:
    with (run.folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    verdicts = list(load_model(run.folder, ["engine=keras"]).predict([painted / row["name"] for row in rows]))
    expected = np.array([row["crack_score"] for row in rows], float)
    np.testing.assert_allclose(np.array([verdict.crack_score for verdict in verdicts], float), expected, atol=1e-5)
    threshold = read_model_card(run.folder / "model.keras").threshold
    assert [verdict.is_crack for verdict in verdicts] == list(expected >= threshold)


def test_the_card_in_the_folder_is_the_card_in_mlflow(run: Finished) -> None:
    card = read_model_card(run.folder / "model.keras")
    beside = json.loads((run.folder / "model_card.json").read_text())
    with mlflow_environment():
        in_mlflow = mlflow.models.get_model_info(run.in_mlflow).metadata
    assert json.loads(json.dumps(card.as_values())) == beside == in_mlflow
    evaluated = json.loads((run.folder / "evaluation.json").read_text())["test"]
    assert card.threshold == evaluated["threshold"]
    assert card.figures["auroc"].value == evaluated["auroc"]
    assert (card.figures["auroc"].low, card.figures["auroc"].high) == (evaluated["auroc_low"], evaluated["auroc_high"])
    assert (card.tile_px, card.image_size_px) == (64, 32)
    assert card.tested_on == "15 test images of data=synthetic, all of them painted: no photograph"
    assert card.command.endswith("seed=7") and card.intact == ["intact"]


def test_every_name_of_the_model_leads_to_it(run: Finished, images: list[str]) -> None:
    with mlflow_environment():
        client = MlflowClient(run.store)
        (logged,) = client.search_logged_models([client.get_run(run.run_id).info.experiment_id])
        client.create_registered_model("cracks")
        version = client.create_model_version("cracks", f"models:/{logged.model_id}", run.run_id).version
        client.set_registered_model_alias("cracks", "best", version)
    names: list[str | Path] = ["latest", "best", run.run_id, run.run_id[:8], run.folder, run.folder / "model.keras"]
    for name in [*names, "models:/cracks@best", f"models:/cracks/{version}"]:
        file = find_model(str(name), StoreAddress(None, run.home / "mlruns"), experiment="crack_exp", best_by="auroc")
        assert read_model_card(file).run_id == run.run_id, name
    with pytest.raises(UserError, match="^model=models:/cracks@worst: "):
        load_model("models:/cracks@worst")


def test_without_its_folder_a_run_has_its_model_in_mlflow(run: Finished) -> None:
    moved = run.folder.with_name("moved")
    run.folder.rename(moved)
    try:
        assert load_model(run.run_id[:8]).card == read_model_card(moved / "model.keras")
    finally:
        moved.rename(run.folder)


def test_the_printed_commands_work_as_they_are_pasted(run: Finished, painted: Path) -> None:
    printed = re.findall(r"(python -m crack_exp\.(predict|survey) .*)$", run.said, re.MULTILINE)
    assert [verb for _, verb in printed] == ["predict", "survey"]
    for command, verb in printed:
        words = shlex.split(command)[3:]
        assert words[0] == f"model={run.folder}"
        (run.home / ("new_photos" if verb == "predict" else "walls")).mkdir()
        for number, image in enumerate(sorted(painted.glob("*/*.*"))[:3]):
            place = run.home / words[1].partition("=")[2]
            shutil.copy(image, place / f"{number}{image.suffix}")
        done = crack_exp(*words, verb=verb, cwd=run.home)
        assert done.returncode == 0, done.stderr
        table = re.search(r"^table: +(.*)$", done.stdout, re.MULTILINE)
        assert table and len(list(csv.reader((run.home / table[1]).read_text().splitlines()))) == 4
