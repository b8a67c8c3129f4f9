"""The benchmark of predictions computes the same by its ways, and says what it means."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crack_exp.deployed.model import DeployedModel
from crack_exp.model.card_file import load_with_card
from tests.benchmarks.minutes import takes_minutes
from tests.commands import REPOSITORY, python
from tests.deployed_models import grey_images

benchmark = import_module("predict")


@pytest.fixture
def files(tmp_path: Path) -> Sequence[str]:
    return grey_images(tmp_path / "images", {f"{grey:03}.png": grey for grey in range(0, 250, 3)})


def test_all_ways_are_timed_in_turns_and_agree_where_resizing_changes_nothing(
    deployed_file: Path, files: Sequence[str]
) -> None:
    row = benchmark.measured(str(deployed_file), "keras", files, rounds=2)
    assert {way: len(seconds) for way, seconds in row.seconds.items()} == dict.fromkeys(benchmark.WAYS, 2)
    assert row.is_equal and row.changed == 0 and row.image_size_px == 32


def test_the_plain_loop_resizes_by_the_nearest_neighbour(deployed_file: Path, tmp_path: Path) -> None:
    """Every second column is white: antialiased it is grey, by the nearest neighbour it is white or black."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, 1::2] = 255
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    model = DeployedModel(*load_with_card(deployed_file), engine="keras", precision="float32")
    (plain,) = benchmark.plain_loop(model.network, [str(tmp_path / "stripes.png")], 32)
    (predicted,) = benchmark.prediction(model, [str(tmp_path / "stripes.png")])
    assert max(plain) > 0.99 and max(predicted) < 0.6


def test_images_are_spread_over_the_folder() -> None:
    assert benchmark.spread("abcdefg", 3) == ["a", "d", "g"]
    assert benchmark.spread("abc", 9) == ["a", "b", "c"]


def test_shares_are_of_the_same_round() -> None:
    seconds = {"network alone": [9.0, 1.0, 2.0], "prediction": [10.0, 2.0, 4.0], "plain Keras loop": [90.0, 8.0, 16.0]}
    table = benchmark.rates([benchmark.Row("m", "keras", 32, seconds, 7, True)], images=100)
    cells = [list(column.cells)[0] for column in table.columns]
    assert cells[3:] == ["50", "25", "50% (50%-90%)", "6", "7"]


@takes_minutes
def test_the_memory_of_the_command_is_measured(deployed_file: Path, files: Sequence[str], tmp_path: Path) -> None:
    words = ["--models", str(deployed_file), "--images", str(tmp_path / "images"), "--rounds", "1", "--links", "200"]
    program = f"import runpy, sys\nsys.argv = ['predict.py', *{words!r}]\n"
    program += f"runpy.run_path({str(REPOSITORY / 'benchmarks' / 'predict.py')!r}, run_name='__main__')"
    done = python(program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "No decision differs" in done.stdout and "200" in done.stdout
