"""Nothing that trains a probe judges it: no copy, no other tile of the same photo."""

import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

images = import_module("backbone_images")


@pytest.fixture
def concrete(tmp_path: Path) -> Path:
    """Three intact images and three cracked ones; the third of each kind is a copy of its first."""
    for kind, grey in (("Negative", 200), ("Positive", 40)):
        folder = tmp_path / "concrete" / kind
        folder.mkdir(parents=True)
        for number in (1, 2):
            Image.new("RGB", (8, 8), (grey + number,) * 3).save(folder / f"{number}.png")
        shutil.copy(folder / "1.png", folder / "3.png")
    return tmp_path / "concrete"


def test_a_content_counts_once(concrete: Path) -> None:
    read = images.read_images("--ccic", concrete, "CCIC", None)
    assert [example.name for example in read.examples] == [
        *("Negative/1.png", "Negative/2.png", "Positive/1.png", "Positive/2.png")
    ]
    assert read.is_crack.tolist() == [False, False, True, True]
    assert read.copies == 2


def test_a_mistake_names_the_option_and_the_folder(concrete: Path) -> None:
    missing = concrete / "missing"
    with pytest.raises(ValueError, match=f"^--ccic: '{missing}' does not exist"):
        images.read_images("--ccic", missing, "CCIC", None)
    shutil.copy(concrete / "Negative" / "1.png", concrete / "Positive" / "4.png")
    with pytest.raises(ValueError, match=rf"^--other={concrete}: 3 files cannot be used, e\.g\. Negative/1\.png \(one"):
        images.read_images("--other", concrete, "bricks", None)
    (concrete / "Negative").rename(concrete / "some")
    with pytest.raises(ValueError, match=f"^--other={concrete}: the class folders are Positive and some; name"):
        images.read_images("--other", concrete, "bricks", None)


def test_the_photo_is_read_from_the_name(tmp_path: Path) -> None:
    for kind, grey in (("Negative", 200), ("Positive", 40)):
        (tmp_path / kind).mkdir()
        for number, photo in enumerate((7073, 7100)):
            Image.new("RGB", (8, 8), (grey + number,) * 3).save(tmp_path / kind / f"{photo}-{grey}.png")
    read = images.read_images("--sdnet", tmp_path, "SDNET2018", r"/(\d+)-")
    assert read.photos.tolist() == ["7073", "7100", "7073", "7100"]


def test_few_labels_are_a_part_of_many_and_half_of_them_are_cracks(image_set: Callable[..., Any]) -> None:
    concrete = image_set("CCIC", [1] * 30 + [0] * 50)
    (few, many), test = images.draw_images(concrete, [4, 20], number=0)
    assert (len(few), len(many), len(test)) == (4, 20, 60)
    assert (concrete.is_crack[few].sum(), concrete.is_crack[many].sum()) == (2, 10)
    assert set(few) < set(many) and not set(many) & set(test)
    assert set(many) | set(test) == set(range(80))


def test_draws_differ_and_can_be_repeated(image_set: Callable[..., Any]) -> None:
    concrete = image_set("CCIC", [1, 0] * 30)
    drawn = [images.draw_images(concrete, [4], number)[0][0].tolist() for number in (0, 1, 0)]
    assert drawn[0] == drawn[2] != drawn[1]


def test_tiles_of_one_photo_never_train_and_judge(image_set: Callable[..., Any]) -> None:
    # Nine photos of ten tiles, three of them cracked in each.
    walls = image_set("walls", [1, 1, 1, 0, 0, 0, 0, 0, 0, 0] * 9, [f"photo {number // 10}" for number in range(90)])
    sides = set()
    for number in range(5):
        few, train, test = images.draw_photos(walls, 8, number)
        assert (len(train), len(test)) == (60, 30)
        assert not set(walls.photos[train]) & set(walls.photos[test])
        assert set(few) < set(train) and walls.is_crack[few].sum() == len(few) / 2 == 4
        sides.add(frozenset(walls.photos[test]))
    assert len(sides) > 1


def test_too_few_images_are_refused(image_set: Callable[..., Any]) -> None:
    rare = image_set("bricks", [1] * 20 + [0] * 50)
    with pytest.raises(ValueError, match=r"^bricks: 20 distinct images of one kind, .* where 21 are needed"):
        images.draw_images(rare, [40], number=0)


def test_painted_brick_is_half_cracked_masonry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def paint(seed: int, label: str, size_px: int, material: str) -> Any:
        asked.append((label, material))
        return images_painted(seed, label, size_px, material)

    images_painted = images.paint_patch
    monkeypatch.setattr(images, "paint_patch", paint)
    images.paint_brick(8, 32, tmp_path)
    assert {material for _, material in asked} == {"masonry"}
    assert [label for label, _ in asked[1::2]] == ["hairline", "shrinkage", "settlement", "structural"]
    read = images.read_images("--painted-brick", tmp_path, "painted brick", None)
    assert (read.is_crack.sum(), len(read.examples)) == (4, 8)
    assert np.asarray(Image.open(read.examples[0].path)).shape == (32, 32, 3)
