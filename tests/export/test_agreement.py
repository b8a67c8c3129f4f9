"""How well a file agrees with the model is counted right."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.config.deployed_schema import Tolerance
from crack_exp.export.agreement import Agreement, compare, compare_resizing
from tests.deployed_models import brightness_network, card_of, grey_images


def scored(scores: np.ndarray) -> np.ndarray:
    """Probabilities of three classes, the first one intact, that give these crack scores."""
    return np.stack([1 - scores, scores / 2, scores / 2], axis=1).astype(np.float32)


def by_grey(images: np.ndarray) -> np.ndarray:
    return scored(images[:, 0, 0, 0] / 255)


def brighter(images: np.ndarray) -> np.ndarray:
    return scored(np.minimum(images[:, 0, 0, 0] / 255 + 0.1, 1))


@pytest.fixture(scope="module")
def card() -> Any:
    return card_of(brightness_network())


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Scores of 0.1, 0.3, 0.45, 0.7 and 0.9: the third is closest below the threshold of 0.5."""
    greys = {f"{number}.png": round(255 * score) for number, score in enumerate((0.1, 0.3, 0.45, 0.7, 0.9))}
    return [Path(path) for path in grey_images(tmp_path, greys)]


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_differences_and_changed_decisions(files: list[Path], card: Any, batch_size: int) -> None:
    sizes = set()

    def exported(images: np.ndarray) -> np.ndarray:
        sizes.add(len(images))
        return brighter(images)

    found = compare(by_grey, exported, files, card, batch_size)
    assert (found.images, found.changed) == (5, 1)
    assert found.largest_difference == pytest.approx(0.1, abs=1e-6)
    assert sizes == {batch_size} and found.images_per_s > 0 and found.own_images_per_s > 0


def test_whole_images_are_compared_with_resized_ones(files: list[Path], card: Any) -> None:
    sides = set()

    def exported(images: np.ndarray) -> np.ndarray:
        sides.add(images.shape)
        return by_grey(images)

    found = compare_resizing(by_grey, exported, files, card)
    assert (found.images, found.changed, found.largest_difference) == (5, 0, 0.0)
    assert sides == {(1, 64, 64, 3)}


def test_both_see_white_where_the_card_says(tmp_path: Path, card: Any) -> None:
    Image.fromarray(np.full((64, 64), 4095, np.uint16)).save(tmp_path / "12_bits.tif")
    seen = list[float]()

    def network(images: np.ndarray) -> np.ndarray:
        seen.append(images.min())
        return by_grey(images)

    compare_resizing(network, network, [tmp_path / "12_bits.tif"], replace(card, white_level=4095))
    assert set(seen) == {255}


@pytest.mark.parametrize(
    ("difference", "changed", "refused"),
    [
        (0.0, 0, ""),
        (0.01, 5, ""),
        (0.011, 0, "a probability differs by 0.011, at most 0.01 may be"),
        (0.0, 6, "6 of 1,000 decisions changed, at most 5 may"),
        (float("nan"), 0, "a probability differs by nan"),
    ],
)
def test_what_is_refused(difference: float, changed: int, refused: str) -> None:
    why = Agreement(1000, difference, changed, 1.0, 1.0).why_refused(Tolerance(0.01, 0.005))
    assert why.startswith(refused) and bool(why) == bool(refused)
