"""Images of a finished run are read from where they lie now, and only what the run saw is shown."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.run_files.images import read_run_images
from crack_exp.tracking.finished_run import FinishedRun

NAMES = ["crack/1.png", "sound/2.png"]


class Files:
    """A run where it is kept: what its audit saw, and where its images came from."""

    def __init__(self, contents: dict[str, str], location: str | None) -> None:
        self.contents, self.location = contents, location

    def rows(self, path: str, sha256: str | None) -> list[dict[str, str]] | None:
        assert path == "audit.csv"
        return [{"name": name, "sha256": sha256} for name, sha256 in self.contents.items()]

    def data_location(self) -> str | None:
        return self.location


def paint(folder: Path) -> dict[str, str]:
    """Two images, one grey level apart: {name: sha256}."""
    contents = {}
    for grey, name in enumerate(NAMES, 100):
        (folder / name).parent.mkdir(parents=True)
        Image.fromarray(np.full((6, 4, 3), grey, np.uint8)).save(folder / name)
        contents[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return contents


def run(contents: dict[str, str], location: Path | None, **params: str) -> FinishedRun:
    files: Any = Files(contents, None if location is None else str(location))
    return FinishedRun("id", "name", "FINISHED", params, {}, {}, files)


def test_images_are_read_from_the_folder_that_the_run_recorded(tmp_path: Path) -> None:
    images, lacking = read_run_images(run(paint(tmp_path / "walls"), tmp_path / "walls"), NAMES)
    assert lacking == "" and list(images) == NAMES
    assert [image.shape for image in images.values()] == [(6, 4, 3)] * 2
    assert [int(image[0, 0, 0]) for image in images.values()] == [100, 101]


def test_images_are_shown_as_the_run_saw_them(tmp_path: Path) -> None:
    Image.fromarray(np.full((6, 4), 4095, np.uint16)).save(tmp_path / "deep.tif")
    contents = {"deep.tif": hashlib.sha256((tmp_path / "deep.tif").read_bytes()).hexdigest()}
    for params, grey in (({"data.white_level": "4095"}, 255), ({}, 16)):
        images, _ = read_run_images(run(contents, tmp_path, **params), ["deep.tif"])
        assert images["deep.tif"].max() == grey


def test_painted_and_unpacked_images_lie_one_folder_deeper(tmp_path: Path) -> None:
    contents = paint(tmp_path / "painted" / "v8-600x227px-seed0")
    assert list(read_run_images(run(contents, tmp_path / "painted"), NAMES)[0]) == NAMES


def test_images_of_a_table_lie_beside_it(tmp_path: Path) -> None:
    contents = paint(tmp_path)
    (tmp_path / "labels.csv").touch()
    assert list(read_run_images(run(contents, tmp_path / "labels.csv"), NAMES)[0]) == NAMES


def test_the_setting_holds_where_the_project_was_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = paint(tmp_path / "here" / "walls")
    monkeypatch.chdir(tmp_path / "here")
    moved = run(contents, tmp_path / "was" / "walls", **{"data.path": "walls", "data.image_root": "None"})
    assert list(read_run_images(moved, NAMES)[0]) == NAMES


def test_an_image_that_was_changed_since_is_not_shown(tmp_path: Path) -> None:
    contents = paint(tmp_path)
    Image.fromarray(np.full((6, 4, 3), 7, np.uint8)).save(tmp_path / NAMES[1])
    images, lacking = read_run_images(run(contents, tmp_path), NAMES)
    assert list(images) == NAMES[:1]
    assert lacking == (
        f"1 image cannot be shown (1 changed since the run), such as sound/2.png; looked in '{tmp_path}'."
    )


def test_images_that_are_gone_are_told(tmp_path: Path) -> None:
    contents = paint(tmp_path / "walls")
    (tmp_path / "walls" / NAMES[0]).unlink()
    assert "(1 gone)" in read_run_images(run(contents, tmp_path / "walls"), NAMES)[1]
    for location in (tmp_path / "none", None):
        images, lacking = read_run_images(run(contents, location), NAMES)
        assert images == {} and lacking.startswith("2 images cannot be shown") and "its folder is gone" in lacking


def test_a_run_without_an_audit_shows_nothing_that_nobody_vouches_for(tmp_path: Path) -> None:
    paint(tmp_path)
    assert read_run_images(run({}, tmp_path), NAMES)[0] == {}


def test_nothing_is_looked_up_where_nothing_is_asked_for(tmp_path: Path) -> None:
    unasked: Any = None
    assert read_run_images(FinishedRun("id", "name", "FINISHED", {}, {}, {}, unasked), []) == ({}, "")
