"""The benchmark of surveys: its other way computes the same where it has to, and its table means what it says."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crack_exp.data.decoding import decode
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.tiling import survey_photo
from crack_exp.model.card_file import load_with_card

benchmark = import_module("survey")


@pytest.fixture(scope="module")
def model(deployed_file: Path) -> DeployedModel:
    return DeployedModel(*load_with_card(deployed_file), engine="keras", precision="float32")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """256 x 192 px of squares of 2 px, brighter from left to right."""
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3))
    squares = (noise * np.linspace(0, 1, 128)[:, None]).astype(np.uint8)
    path = tmp_path_factory.mktemp("photos") / "wall.png"
    Image.fromarray(squares).resize((256, 192), Image.Resampling.NEAREST).save(path)
    return path


def test_a_network_that_sees_single_pixels_gives_the_same_in_one_pass(model: DeployedModel, photo: Path) -> None:
    image = decode(photo.read_bytes(), None).rgb
    found = survey_photo(model, image, tile_px=64, overlap=0.5)
    convolutional = benchmark.FullyConvolutional(model, "keras")
    features = convolutional.features(image, 64)
    assert features.shape[:2] == (96, 128)
    starts = convolutional.in_cells([(top, left) for left, top, *_ in found.boxes()], 64)
    np.testing.assert_allclose(convolutional.scores(features, starts), found.scores.ravel(), atol=0.02)
    assert found.scores.std() > 0.1


def test_all_ways_are_timed_in_turns(model: DeployedModel, photo: Path) -> None:
    timed = benchmark.timed(model, benchmark.FullyConvolutional(model, "keras"), "keras", photo, rounds=2)
    assert timed.tiles == 7 * 5
    assert {way: len(seconds) for way, seconds in timed.seconds.items()} == dict.fromkeys(benchmark.WAYS, 2)


def test_labelled_tiles_are_scored_by_both_ways(model: DeployedModel, tmp_path: Path) -> None:
    wall = Image.new("RGB", (128, 128))
    wall.paste((255, 255, 255), (64, 0, 128, 64))
    wall.save(tmp_path / "wall.png")
    rows = ["wall.png,0,0,0", "wall.png,64,0,1", "wall.png,0,64,0", "wall.png,64,64,0"]
    (tmp_path / "labels.csv").write_text("\n".join(["photo,x0,y0,label", *rows]))
    convolutional = benchmark.FullyConvolutional(model, "keras")
    found = benchmark.labelled(model, convolutional, tmp_path / "labels.csv", tmp_path)
    assert found.is_crack.tolist() == [False, True, False, False]
    assert (found.by_tiles > 0.5).tolist() == (found.by_features > 0.5).tolist() == found.is_crack.tolist()
    cells = [list(column.cells) for column in benchmark.agreement(found, model).columns]
    assert cells[1:] == [["1.0000", "1.0000"], ["1", "1"], ["0", "0"], ["0", "0"]]


def test_ratios_are_of_the_same_round() -> None:
    seconds = dict(
        zip(benchmark.WAYS, ([10.0, 1.0, 2.0], [11.0, 2.0, 3.0], [12.0, 3.0, 6.0], [5.0, 0.5, 1.0]), strict=True)
    )
    table = benchmark.times(benchmark.Timed("keras", 35, seconds, 1.5), "walls/wall.png")
    assert list(table.columns[2].cells) == ["100% (100%-100%)", "150% (110%-200%)", "300% (120%-300%)", "50% (50%-50%)"]
    assert list(table.columns[1].cells) == ["2.0", "3.0", "6.0", "1.0"]
