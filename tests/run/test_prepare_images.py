"""What is known of the images decides whether a run is the same as an earlier one."""

import shutil
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.data.examples import Example, Splits
from crack_exp.run.prepare_images import Images, prepare_images
from crack_exp.system.errors import UserError
from tests.composing import settings

ONE = Example(Path("walls"), "1.png", "crack", "wall A", None, "deck")
OTHER = Example(Path("walls"), "2.png", "intact", "wall B", None, "wall")
CONTENTS = {"1.png": "aa", "2.png": "bb", "another": "aa"}


def fingerprint(train: list[Example], test: list[Example], contents: dict[str, str] = CONTENTS) -> str:
    splits = Splits(train, [], test, ["crack", "intact"], frozenset(["intact"]))
    return Images(splits, [], contents, "", groups_known=True, tile_px=8).sha256


@pytest.mark.parametrize("field", [field.name for field in fields(Example)])
def test_all_that_is_known_of_an_image_enters_but_where_it_lies_and_what_decides_its_split(field: str) -> None:
    another: dict[str, Any] = {field: "another"}
    is_same = fingerprint([replace(ONE, **another)], [OTHER]) == fingerprint([ONE], [OTHER])
    assert is_same is (field in ("root", "file", "given_split"))


def test_contents_and_splits_enter_and_the_order_does_not() -> None:
    before = fingerprint([ONE, OTHER], [])
    assert fingerprint([OTHER, ONE], []) == before
    others = [
        fingerprint([ONE], [OTHER]),
        fingerprint([OTHER], [ONE]),
        fingerprint([ONE, OTHER], [], CONTENTS | {"1.png": "cc"}),
        fingerprint([ONE, OTHER], [], {"1.png": "bb", "2.png": "aa"}),
    ]
    assert before not in others and len(set(others)) == len(others)


def test_no_name_can_stand_for_another_field() -> None:
    left = replace(ONE, label="crack\twall", group="A")
    right = replace(ONE, label="crack", group="wall\tA")
    assert fingerprint([left], [OTHER]) != fingerprint([right], [OTHER])


def test_other_groups_of_a_table_with_given_splits_are_other_images(tmp_path: Path) -> None:
    rows = [(f"{number}.png", ("crack", "intact")[number % 2], number // 2) for number in range(12)]
    for name, _, _ in rows:
        noise = np.random.default_rng(int(name.split(".")[0])).integers(0, 256, (8, 8, 3))
        Image.fromarray(noise.astype(np.uint8)).save(tmp_path / name)
    found = {}
    for photos in (3, 6):  # groups of four images, or of two
        splits = ("train", "val", "test")
        lines = [f"{name},{label},{pair * photos // 6},{splits[pair // 2]}" for name, label, pair in rows]
        (tmp_path / "walls.csv").write_text("\n".join(["path,label,group,split", *lines]))
        (run := tmp_path / str(photos)).mkdir()
        found[photos] = prepare_images(settings("data=table", f"data.path={tmp_path}/walls.csv").data, run, [], None)
    for three, six in zip(found[3].splits, found[6].splits, strict=True):
        assert [one.name for one in three[1]] == [one.name for one in six[1]]
    assert found[3].sha256 != found[6].sha256


def test_a_disk_without_room_for_the_lines_on_so_many_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [replace(ONE, name=f"{number}.png") for number in range(2_000)]
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=51_000_000))
    with pytest.raises(UserError, match="51 MB free on that disk, the run writes up to 52 MB; make room"):
        prepare_images(settings("data=folder", f"data.path={tmp_path}").data, tmp_path, [], many)
    assert not list(tmp_path.iterdir())  # told before an image was read
