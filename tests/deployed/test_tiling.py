"""Tiles of a photo: what the model sees of each is what a file with this tile alone would show it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crack_exp.data.decoding import UnreadableImage
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.tiling import survey_photo, tile_side
from crack_exp.model.card_file import load_with_card
from crack_exp.system.errors import UserError
from tests.deployed_models import TILE_PX, brightness_network, card_of, line_model


@pytest.fixture(scope="module")
def model(deployed_file: Path) -> DeployedModel:
    return DeployedModel(*load_with_card(deployed_file), engine="keras", precision="float32")


def test_each_tile_has_the_score_of_a_file_that_shows_it_alone(model: DeployedModel, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    photo = Image.fromarray(noise).resize((250, 170), Image.Resampling.BICUBIC)
    found = survey_photo(model, photo, tile_px=TILE_PX, overlap=0.5)
    assert found.scores.shape == (5, 7)
    assert (found.lefts[-1], found.tops[-1]) == (250 - TILE_PX, 170 - TILE_PX), "moved inwards"
    for number, box in enumerate(found.boxes()):
        photo.crop(box).save(tmp_path / f"{number:02}.png")
    alone = [verdict.crack_score for verdict in model.predict(sorted(tmp_path.glob("*.png")))]
    np.testing.assert_allclose(found.scores.ravel(), np.array(alone, float), atol=1e-6)
    assert found.scores.std() > 0.1


@pytest.mark.parametrize("engine", ["keras", "openvino"])
def test_each_tile_has_the_lines_of_an_image_with_it_alone_and_the_same_score(
    model: DeployedModel, engine: str
) -> None:
    if engine == "openvino":
        pytest.importorskip("openvino")
    photo = Image.new("RGB", (128, 64))
    photo.paste((255, 255, 255), (0, 0, 32, 64))  # half of the first tile
    photo.paste((255, 255, 255), (64, 0, 128, 16))  # a quarter of the third
    found = survey_photo(line_model(engine), photo, tile_px=TILE_PX, overlap=0.5)
    np.testing.assert_allclose(found.scores, survey_photo(model, photo, tile_px=TILE_PX, overlap=0.5).scores, atol=1e-6)
    assert found.cells is not None and found.cells.shape == (1, 3, 4, 4)
    np.testing.assert_allclose(found.cells[0, 0], [[1, 1, 0, 0]] * 4, atol=0.2)
    np.testing.assert_allclose(found.cells[0, 2], [[1] * 4, *[[0] * 4] * 3], atol=0.2)


def test_a_photo_of_one_tile_has_one_score(model: DeployedModel) -> None:
    found = survey_photo(model, Image.new("RGB", (64, 64), "white"), tile_px=64, overlap=0.5)
    assert found.scores.shape == (1, 1) and found.scores[0, 0] > 0.99


def test_a_photo_smaller_than_a_tile_is_refused(model: DeployedModel) -> None:
    with pytest.raises(UnreadableImage, match=r"^smaller than a tile \(100 x 63 px, tiles of 64 px\): give a smaller"):
        survey_photo(model, Image.new("RGB", (100, 63)), tile_px=64, overlap=0.5)


def test_more_tiles_than_allowed_are_refused(model: DeployedModel) -> None:
    with pytest.raises(UnreadableImage, match=r"^9 tiles, more than max_tiles=8"):
        survey_photo(model, Image.new("RGB", (128, 128)), tile_px=64, overlap=0.5, max_tiles=8)


@pytest.mark.parametrize(
    ("learned_mm", "tile_px", "mm_per_px", "side"),
    [
        (None, None, None, TILE_PX),
        (None, None, 0.5, TILE_PX),
        (0.5, None, None, TILE_PX),
        (0.5, None, 0.25, 2 * TILE_PX),
        (0.5, None, 1.0, TILE_PX // 2),
        (0.5, 40, 0.25, 40),
    ],
)
def test_a_tile_shows_as_much_of_the_wall_as_in_training(
    learned_mm: float | None, tile_px: int | None, mm_per_px: float | None, side: int
) -> None:
    assert tile_side(card_of(brightness_network(), mm_per_px=learned_mm), tile_px, mm_per_px) == side


def test_photos_that_are_too_coarse_for_the_model_are_refused() -> None:
    card = card_of(brightness_network(), mm_per_px=0.5)
    assert tile_side(card, None, 2.0) == 16
    with pytest.raises(UserError, match=r"^mm_per_px=4: a tile as large as in training would have 8 px"):
        tile_side(card, None, 4.0)
