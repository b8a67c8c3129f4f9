"""A model that learned from values of 12 bits sees them alike, whatever it is used by."""

from pathlib import Path

import numpy as np
import pandas
import pytest
from PIL import Image

from crack_exp import load_model
from crack_exp.config import typed_deployed
from crack_exp.config.deployed_schema import ServeConfig
from crack_exp.model.card_file import load_with_card, save_with_card
from crack_exp.predict import predict
from crack_exp.serve.app import _survey as maps
from crack_exp.serve.app import read_all
from crack_exp.survey import survey
from crack_exp.tracking.environment import mlflow_environment
from tests.composing import composed
from tests.deployed_models import TILE_PX, brightness_network, card_of

LEVEL = 4095
GREYS = (80, 122, 220)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file of a model whose white is 4095."""
    monkeypatch.chdir(tmp_path)
    network = brightness_network()
    card = card_of(network, white_level=LEVEL)
    save_with_card(network, card, tmp_path / "model.keras", beside=tmp_path / "card.json")
    return str(tmp_path / "model.keras")


@pytest.fixture
def deep(tmp_path: Path) -> list[str]:
    """Images of 12 bits in 16."""
    (tmp_path / "deep").mkdir()
    paths = [str(tmp_path / "deep" / f"{grey:03}.tif") for grey in GREYS]
    for path, grey in zip(paths, GREYS, strict=True):
        Image.fromarray(np.full((TILE_PX, TILE_PX), round(grey / 255 * LEVEL), np.uint16)).save(path)
    return paths


@pytest.fixture
def scores(model: str) -> list[float]:
    """Of the same images, of 8 bits."""
    pixels = [np.full((TILE_PX, TILE_PX, 3), grey, np.uint8) for grey in GREYS]
    return [verdict.crack_score or 0.0 for verdict in load_model(model, ["engine=keras"]).predict(pixels)]


def test_commands_python_server_and_mlflow_read_its_white_from_the_card(
    model: str, deep: list[str], scores: list[float]
) -> None:
    assert scores[0] < 0.1 < 0.9 < scores[2]
    contents = [Path(path).read_bytes() for path in deep]
    done = predict([f"model={model}", "images=deep", "output=predicted", "engine=keras"])
    table = pandas.read_csv(done.table).sort_values("name")
    photos = {photo.name: photo for photo in survey([f"model={model}", "photos=deep", "output=walls", "engine=keras"])}
    deployed = load_model(model, ["engine=keras"])
    config = typed_deployed(composed(config="deployed/serve"), ServeConfig)
    network, card = load_with_card(Path(model))
    with mlflow_environment():
        from crack_exp.tracking.served_model import CrackClassifier

        in_mlflow = CrackClassifier()
    in_mlflow.card, in_mlflow.network = card.as_values(), network
    found = {
        "predict": list(table["crack_score"]),
        "survey": [photos[name].highest_score for name in sorted(photos)],
        "Python": [verdict.crack_score for verdict in deployed.predict(deep)],
        "server": [verdict.crack_score for verdict in deployed.verdicts(read_all(contents, card, 100))],
        "survey of the server": [maps(deployed, one, TILE_PX, 0.5, config)[0].scores.max() for one in contents],
        "MLflow": list(in_mlflow.predict(None, pandas.DataFrame({"image": contents}))["crack_score"]),
    }
    for way, said in found.items():
        assert said == pytest.approx(scores, abs=1e-4), way
    assert done.summary.misexposed == 0


def test_images_with_values_above_its_white_are_named(model: str, deep: list[str]) -> None:
    Image.fromarray(np.full((TILE_PX, TILE_PX), LEVEL + 1, np.uint16)).save("deep/z.tif")
    done = predict([f"model={model}", "images=deep", "output=predicted", "engine=keras"])
    (row,) = done.summary.misexposed_rows
    assert row["name"] == "deep/z.tif" and row["note"] == "16-bit, values above white cut off"
    assert "the model takes the value 4095 for white" in done.gallery.read_text()
