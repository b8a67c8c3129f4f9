"""An export is checked on test images and calibrated on others."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig

from crack_exp.config import ExportConfig, typed_deployed
from crack_exp.export import images
from crack_exp.export.images import choose_images, read_all
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.tracking.finished_run import FinishedRun
from crack_exp.tracking.search import NothingFound
from tests.composing import composed
from tests.deployed_models import brightness_network, card_of, grey_images


def config(*overrides: str) -> ExportConfig:
    found: DictConfig = composed("quantize=int8", "format=onnx", *overrides, config="deployed/export")
    return typed_deployed(found, ExportConfig)


@pytest.fixture(scope="module")
def card() -> Any:
    return card_of(brightness_network(), run_id="a1b2c3d4")


class Files:
    """What a run keeps: `split` of each image, and where they were."""

    def __init__(self, folder: Path, split: dict[str, str]) -> None:
        self.folder, self.split = folder, split

    def rows(self, path: str, sha256: str | None) -> list[dict[str, str]]:
        if path == "split.csv":
            return [{"name": name, "split": split} for name, split in self.split.items()]
        return [{"name": name, "sha256": self.contents[name]} for name in self.split]

    @property
    def contents(self) -> dict[str, str]:
        return {name: file_sha256(self.folder / name) for name in self.split if (self.folder / name).exists()} | {
            name: "gone" for name in self.split if not (self.folder / name).exists()
        }

    def data_location(self) -> str:
        return str(self.folder)


@pytest.fixture
def own_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """A run with 4 training, 2 validation and 3 test images; a training image is a copy of a test image."""
    splits = ["train"] * 4 + ["validation"] * 2 + ["test"] * 3
    names = {f"{number}.png": split for number, split in enumerate(splits)}
    grey_images(tmp_path, {name: 10 * number for number, name in enumerate(names)})
    shutil.copy(tmp_path / "8.png", tmp_path / "0.png")
    files: Any = Files(tmp_path, names)
    monkeypatch.setattr(
        images, "find_runs", lambda *_, **__: [FinishedRun("a1b2c3d4", "", "FINISHED", {}, {}, {}, files)]
    )
    return files


def names(paths: list[Path]) -> set[str]:
    return {path.name for path in paths}


def test_test_images_check_and_training_images_calibrate(own_images: Files, card: Any) -> None:
    found = choose_images(config(), card)
    assert names(found.checked) == {"6.png", "7.png", "8.png"}
    assert names(found.calibration) == {"1.png", "2.png", "3.png"}  # not the copy of a test image
    assert found.origin == "test images of run a1b2c3d4"


def test_no_more_than_asked_for(own_images: Files, card: Any) -> None:
    found = choose_images(config("test_images=2", "calibration_images=1"), card)
    assert len(found.checked) == 2 and len(found.calibration) <= 1
    assert choose_images(config("quantize=none"), card).calibration == []


@pytest.mark.parametrize("split", ["train", "test"])
def test_images_that_are_gone(own_images: Files, card: Any, split: str) -> None:
    for name, of in own_images.split.items():
        if of == split:
            (own_images.folder / name).unlink()
    with pytest.raises(UserError, match=f"its {split} images are no longer where they were; name a folder .* images="):
        choose_images(config(), card)


def test_a_run_that_is_gone(card: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_runs(*_: Any, **__: Any) -> None:
        raise NothingFound("model: no run a1b2c3d4 in the store; it holds none")

    monkeypatch.setattr(images, "find_runs", find_runs)
    with pytest.raises(UserError, match="run a1b2c3d4 are needed .* no run a1b2c3d4 .* images=my_photos"):
        choose_images(config(), card)


def test_a_model_without_a_run_needs_images() -> None:
    card = card_of(brightness_network(), run_id="")
    with pytest.raises(UserError, match="model=painted: it comes without images .* images=my_photos"):
        choose_images(config("model=painted"), card)


def test_a_folder_gives_both_kinds_without_a_common_content(tmp_path: Path, card: Any) -> None:
    paths = grey_images(tmp_path, {f"{number}.png": number for number in range(20)})
    for number, path in enumerate(paths):
        shutil.copy(path, tmp_path / f"copy_{number}.png")
    found = choose_images(config(f"images={tmp_path}", "calibration_images=8"), card)
    assert len(found.calibration) == 8 and found.checked
    contents = [{file_sha256(path) for path in paths} for paths in (found.checked, found.calibration)]
    assert not contents[0] & contents[1]


def test_the_same_images_are_chosen_each_time(tmp_path: Path, card: Any) -> None:
    grey_images(tmp_path, {f"{number}.png": number for number in range(20)})
    first, second = (choose_images(config(f"images={tmp_path}", "test_images=5"), card) for _ in range(2))
    assert first == second and len(first.checked) == 5


def test_one_image_cannot_do_both(tmp_path: Path, card: Any) -> None:
    (path,) = grey_images(tmp_path, {"1.png": 1})
    with pytest.raises(UserError, match="1 image there; quantize=int8 needs different ones"):
        choose_images(config(f"images={path}"), card)


def test_images_that_cannot_be_read_are_left_out(tmp_path: Path, card: Any) -> None:
    paths = [Path(path) for path in grey_images(tmp_path, {"1.png": 1, "2.png": 200})]
    paths[0].write_text("no image")
    assert read_all(paths, card, batch_size=1).shape == (1, 32, 32, 3)
    assert read_all(paths[:1], card, batch_size=1).shape == (0, 32, 32, 3)
