"""Predictions of files: every image once, whatever it is, however often the command is killed."""

import csv
import io
import json
import os
import random
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.data.image_io import read_resized
from crack_exp.deployed import batch
from crack_exp.deployed.engine import keras_forward
from crack_exp.model.card_file import load_with_card
from crack_exp.predict import predict, workflow
from crack_exp.predict.workflow import Predicted
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from tests.commands import crack_exp, forked_python
from tests.deployed_models import grey_images

Said = Callable[..., Predicted]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def predicted(deployed_file: Path) -> Said:
    """`predict([...])` with the model that measures brightness; written to results/."""

    def call(*overrides: str, output: str = "results") -> Predicted:
        return predict([f"model={deployed_file}", f"output={output}", "engine=keras", *overrides])

    return call


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_image_has_its_class_score_decision_probabilities_and_size(predicted: Said) -> None:
    names = grey_images(Path("walls"), {"black.png": 0, "grey.png": 113, "white.png": 255})
    white, grey, black = sorted(rows_of(predicted("images=walls").table), key=lambda row: row["name"], reverse=True)
    assert [row["name"] for row in (black, grey, white)] == names
    assert (black["label"], white["label"]) == ("intact", "wide")
    assert [row["is_crack"] for row in (black, grey, white)] == ["False", "True", "True"]
    assert (white["width_px"], white["height_px"], white["problem"]) == ("64", "64", "")
    assert white["sha256"] == file_sha256(Path(names[2]))
    # softmax of 8 - 17 b, 0, 17 b - 8 at b = 113/255
    logits = np.array([8, 0, -8]) + 113 / 255 * np.array([-17, 0, 17])
    expected = np.exp(logits) / np.exp(logits).sum()
    found = [float(grey[f"probability {name}"]) for name in ("intact", "hairline", "wide")]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert float(grey["crack_score"]) == pytest.approx(1 - expected[0], abs=1e-5)


def test_the_table_says_what_the_network_says_of_the_resized_image(predicted: Said, deployed_file: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (5, 90, 70, 3), dtype=np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(f"{number}.png")
    rows = rows_of(predicted("images=*.png").table)
    network, _ = load_with_card(deployed_file)
    expected = keras_forward(network)(np.stack([read_resized(Path(row["name"]), 32) for row in rows]))
    found = [[float(row[f"probability {name}"]) for name in ("intact", "hairline", "wide")] for row in rows]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_the_three_formats_hold_the_same(kind: str, predicted: Said) -> None:
    grey_images(Path("walls"), {"a.png": 10, 'b, "c".png': 240})
    Path("walls/notes.jpg").write_text("no image")
    table = predicted("images=walls", f"format={kind}").table
    assert table.name == f"predictions.{kind}"
    if kind == "csv":
        rows: list[dict[str, Any]] = [dict(row) for row in rows_of(table)]
        for row in rows:
            row["is_crack"] = {"True": True, "False": False, "": None}[row["is_crack"]]
            row["label"] = row["label"] or None
            for column in [name for name in row if name.startswith(("probability", "crack_"))]:
                row[column] = float(row[column]) if row[column] else None
            row["width_px"] = int(row["width_px"])
    elif kind == "jsonl":
        rows = [json.loads(line) for line in table.read_text().splitlines()]
        for row in rows:
            row |= {f"probability {name}": row["probabilities"].get(name) for name in ("intact", "hairline", "wide")}
    else:
        from pyarrow import parquet

        rows = parquet.read_table(table).to_pylist()
    by_name = {Path(row["name"]).name: row for row in rows}
    dark, bright, broken = by_name["a.png"], by_name['b, "c".png'], by_name["notes.jpg"]
    assert (dark["is_crack"], bright["is_crack"], broken["is_crack"]) == (False, True, None)
    assert (dark["label"], bright["label"], broken["label"]) == ("intact", "wide", None)
    assert bright["crack_score"] == pytest.approx(1 - bright["probability intact"], abs=1e-6)
    assert np.float32(bright["crack_score"]) > 0.99 and broken["crack_score"] is None
    assert broken["probability wide"] is None
    assert (dark["width_px"], dark["problem"], broken["problem"]) == (64, "", "not an image")


def odd_files(folder: Path) -> dict[str, str]:
    """Files that cannot be predicted, by name: the reason."""
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "whole.jpg")
    content = (folder / "whole.jpg").read_bytes()
    (folder / "whole.jpg").unlink()
    (folder / "truncated.jpg").write_bytes(content[: len(content) // 2])
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("cracks seen on Monday")
    (folder / "link.png").symlink_to("gone.png")
    os.mkfifo(folder / "pipe.png")
    Image.fromarray(np.zeros((4, 4), np.float32)).save(folder / "depth.tif")
    Image.new("1", (30_000, 8_000)).save(folder / "panorama.png")
    return {
        "truncated.jpg": "truncated",
        "empty.png": "empty file",
        "text.png": "not an image",
        "link.png": "a broken link",
        "pipe.png": "no file",
        "depth.tif": "pixels of 32 bits have no fixed range; save it with 8 or 16 bits",
        "panorama.png": "240 megapixels, more than max_megapixels=100; cut it into parts, or raise this setting",
    }


def test_a_file_that_cannot_be_read_has_its_reason_and_the_others_go_on(predicted: Said) -> None:
    reasons = odd_files(Path("odd"))
    grey_images(Path("odd"), {"good.png": 255})
    done = predicted("images=odd")
    rows = {Path(row["name"]).name: row for row in rows_of(done.table)}
    assert {name: rows[name]["problem"] for name in reasons} == reasons
    assert all(not rows[name][column] for name in reasons for column in ("label", "crack_score", "is_crack"))
    assert rows["good.png"]["is_crack"] == "True"
    assert (done.summary.images, done.summary.unread, done.summary.cracked) == (8, 7, 1)
    page = done.gallery.read_text()
    assert all(reason in page for reason in reasons.values())


NOTES_OF_KINDS = {"", "16-bit", "transparency ignored", "first of several pictures"}


def test_pixels_of_every_kind_are_predicted(predicted: Said, recwarn: pytest.WarningsRecorder) -> None:
    kinds = Path("kinds")
    kinds.mkdir()
    white = Image.new("L", (64, 64), 255)
    white.convert("1").save(kinds / "bits.png")
    white.convert("P").save(kinds / "palette.gif")
    white.convert("P").save(kinds / "palette.png", transparency=0)
    Image.new("CMYK", (64, 64)).save(kinds / "ink.jpg")
    Image.new("RGBA", (64, 64), (255, 255, 255, 0)).save(kinds / "clear.webp", lossless=True, exact=True)
    Image.fromarray(np.full((64, 64), 65_535, np.uint16)).save(kinds / "deep.tif")
    white.save(kinds / "moving.webp", save_all=True, append_images=[Image.new("L", (64, 64))])
    white.save(kinds / "UPPER.JPG")
    Image.fromarray(np.full((64, 64), 4_095, np.uint16)).save(kinds / "z_12_bits.tif")
    done = predicted("images=kinds")
    *rows, dark = rows_of(done.table)
    assert len(rows) == 8 and {row["note"] for row in rows} == NOTES_OF_KINDS
    assert dark["is_crack"] == "False" and dark["note"].startswith("16-bit, darker than a quarter of white (")
    page = done.gallery.read_text()
    assert "1 image too dark or too bright" in page and "the model takes the value 65535 for white" in page
    assert {row["is_crack"] for row in rows} == {"True"} and {row["problem"] for row in rows} == {""}
    assert not recwarn.list


def test_folders_patterns_and_files_are_found_in_a_fixed_order(predicted: Said) -> None:
    names = ["walls/2.png", "walls/a/1.png", "walls/a/b/0.png", "walls/[old].png", "top.png"]
    grey_images(Path(), dict.fromkeys(names, 0))
    grey_images(Path("walls/.thumbs"), {"1.png": 0})
    Path("walls/notes.txt").write_text("no image")
    in_folder = ["walls/2.png", "walls/[old].png", "walls/a/1.png", "walls/a/b/0.png"]
    found = [row["name"] for row in rows_of(predicted("images=[top.png,walls]").table)]
    assert found == ["top.png", *in_folder]
    deep = predicted("images='walls/**/*.png'", output="deep")
    assert {row["name"] for row in rows_of(deep.table)} == set(in_folder)
    one = predicted("images='walls/[old].png'", output="one")
    assert [row["name"] for row in rows_of(one.table)] == ["walls/[old].png"], "it exists, so it is no pattern"


def test_a_folder_whose_name_is_a_number_is_found(predicted: Said) -> None:
    grey_images(Path("2031"), {"a.png": 0})
    assert predicted("images=2031").summary.images == 1


def test_a_list_is_read_from_standard_input(predicted: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    names = grey_images(Path("walls"), {"a b.png": 0, "c.png": 255})
    lines = io.TextIOWrapper(io.BytesIO(f"{names[0]}\r\n\n{names[1]}\ngone.png\n".encode()))
    monkeypatch.setattr(sys, "stdin", lines)
    rows = rows_of(predicted("images=-").table)
    assert [(row["name"], row["problem"]) for row in rows] == [
        *((names[0], ""), (names[1], ""), ("gone.png", "no such file")),
    ]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("images=gone", "images=gone: no such file or folder; check the path"),
        ("images=empty", "images=empty: the folder has no images (.bmp, .gif, .heic, "),
        ("images='*.webp'", "images=*.webp: no image matches this pattern"),
        ("images=null", "images=null: name a file, a folder or a pattern, e.g. images=new_photos"),
        ("images=[]", "images=[]: name a file"),
        ("images=''", "images=: name a file"),
        ("images=true", "images=true: name a file"),
    ],
)
def test_images_that_are_none_are_one_sentence(override: str, said: str, predicted: Said) -> None:
    Path("empty").mkdir()
    with pytest.raises(UserError) as raised:
        predicted(override)
    assert str(raised.value).startswith(said)
    assert not Path("results").exists()


def test_a_folder_that_may_not_be_read_is_named(predicted: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    grey_images(Path("walls"), {"a.png": 0, "private/b.png": 0})
    original = os.scandir

    def scandir(folder: Any) -> Any:
        if str(folder).endswith("private"):
            raise PermissionError(13, "Permission denied", folder)
        return original(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(UserError, match=r"^images=walls: 'walls/private' cannot be read \(Permission denied\)"):
        predicted("images=walls")


def test_names_that_are_no_text_are_predicted(predicted: Said) -> None:
    name = os.fsdecode(b"walls/\xff\n.png")
    grey_images(Path(), {name: 255})
    for kind in ("csv", "jsonl", "parquet"):
        done = predicted("images=walls", f"format={kind}", output=kind)
        assert done.summary.cracked == 1 and "udcff" in done.gallery.read_text()


def test_an_image_much_larger_than_the_training_images_is_named_with_the_command_that_surveys_it(
    predicted: Said, deployed_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    grey_images(Path("my walls"), {"photo.png": 255}, side_px=192)  # three times a tile
    grey_images(Path("my walls"), {"tile.png": 255}, side_px=191)
    done = predicted("images='my walls'", "threshold=0.75")
    assert [row["name"] for row in done.summary.large_rows] == ["my walls/photo.png"]
    said = caplog.messages
    (at,) = [number for number, line in enumerate(said) if "much larger than the training images" in line]
    assert said[at].startswith("1 image much larger than the training images, e.g. my walls/photo.png (192 x 192 px)")
    words = shlex.split(said[at + 1])
    assert words[:3] == ["python", "-m", "crack_exp.survey"]
    assert {f"model={deployed_file}", "threshold=0.75", "engine=keras", 'photos="my walls"'} == set(words[3:])
    assert "photo.png: 192 x 192 px" in done.gallery.read_text()


def test_the_surest_cracks_come_first(predicted: Said) -> None:
    greys = {f"{grey}.png": grey for grey in (90, 140, 125, 132, 70)}
    grey_images(Path("walls"), greys)
    done = predicted("images=walls", "gallery=3")
    page = done.gallery.read_text()
    shown = re.findall(r">walls/(\d+)\.png", page)
    assert shown == ["140", "132", "125"]


def test_no_picture_of_another_image_stands_beside_a_verdict(predicted: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    grey_images(Path("walls"), {"white.png": 255, "grey.png": 140})
    join = workflow.join_parts

    def later(*arguments: Any) -> Predicted:
        grey_images(Path("walls"), {"white.png": 0})
        return join(*arguments)

    monkeypatch.setattr(workflow, "join_parts", later)
    page = predicted("images=walls").gallery.read_text()
    assert "walls/grey.png" in page and "walls/white.png" not in page
    assert "1 image cannot be shown: gone, or changed since" in page


def test_shards_are_parts_of_the_whole(predicted: Said) -> None:
    names = grey_images(Path("walls"), {f"{number}.png": number for number in range(20)})
    parts = [predicted("images=walls", f"shard={number}/3") for number in (1, 2, 3)]
    found = [[row["name"] for row in rows_of(part.table)] for part in parts]
    assert sorted(sum(found, [])) == sorted(names) and all(found)
    assert {path.name for path in Path("results").glob("*.html")} == {f"gallery-{k}-of-3.html" for k in (1, 2, 3)}


def test_a_shard_without_images_has_an_empty_table(predicted: Said) -> None:
    grey_images(Path("walls"), {"a.png": 0})
    done = [predicted("images=walls", f"shard={number}/2") for number in (1, 2)]
    assert sorted(len(rows_of(one.table)) for one in done) == [0, 1]


def killed_behind(part: int, *overrides: str, cwd: Path) -> None:
    """The command, killed without warning as soon as this part is saved."""
    program = f"""
import os, signal, sys
from crack_exp import predict
from crack_exp.predict import workflow
original = workflow.write_rows
def write_rows(rows, path):
    original(rows, path)
    if path.name == "part-{part:08d}.jsonl":
        os.kill(os.getpid(), signal.SIGKILL)
workflow.write_rows = write_rows
sys.argv = ["predict", *{list(overrides)!r}]
predict.main()
"""
    done = forked_python(program, cwd)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_killed_prediction_goes_on_where_it_stopped(deployed_file: Path, here: Path) -> None:
    names = grey_images(Path("walls"), {f"{number:02}.png": 10 * number for number in range(25)})
    words = [f"model={deployed_file}", "images=walls", "part_size=4", "batch_size=3", "engine=keras"]
    killed_behind(1, *words, cwd=here)
    grey_images(Path("walls"), {"00a.png": 0})  # a new one does not shift the others
    killed_behind(4, *words, cwd=here)
    done = crack_exp(*words, verb="predict", cwd=here)
    assert done.returncode == 0, done.stderr
    assert "going on behind 20 of 25 images that were done before" in done.stdout
    (table,) = here.glob("outputs/predictions/*/*/predictions.csv")
    rows = rows_of(table)
    assert [row["name"] for row in rows] == [str(Path(name)) for name in names]
    assert [row["is_crack"] == "True" for row in rows] == [10 * number >= 113 for number in range(25)]
    assert {path.name for path in table.parent.iterdir()} == {"request.json", "predictions.csv", "gallery.html"}


def test_a_finished_prediction_is_the_same_whether_or_not_it_was_interrupted(
    predicted: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    random.seed(0)
    grey_images(Path("walls"), {f"{number}.png": random.randrange(256) for number in range(11)})
    Path("walls/broken.png").write_text("")
    whole = predicted("images=walls", "part_size=2", output="whole").table.read_text()
    original = workflow.raise_if_interrupted
    for _ in range(3):
        monkeypatch.setattr(workflow, "raise_if_interrupted", interrupt)
        with pytest.raises(KeyboardInterrupt):
            predicted("images=walls", "part_size=2")
    monkeypatch.setattr(workflow, "raise_if_interrupted", original)
    assert predicted("images=walls", "part_size=2").table.read_text() == whole


def interrupt() -> None:
    raise KeyboardInterrupt


def test_another_request_does_not_go_on_with_it(predicted: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    grey_images(Path("walls"), {"a.png": 130, "b.png": 0})
    monkeypatch.setattr(workflow, "raise_if_interrupted", interrupt)
    with pytest.raises(KeyboardInterrupt):
        predicted("images=walls", "part_size=1")
    for other in ("threshold=0.999", "part_size=2", "format=jsonl", "engine=auto"):
        with pytest.raises(UserError, match="holds results of another request; overwrite=true"):
            predicted("images=walls", *({"part_size=1"} if "part" not in other else ()), other)
    monkeypatch.setattr(batch, "keras_backend", lambda: "jax")  # its scores would be rounded otherwise
    with pytest.raises(UserError, match="holds results of another request; overwrite=true"):
        predicted("images=walls", "part_size=1")


def test_results_are_never_overwritten_unasked(predicted: Said) -> None:
    grey_images(Path("walls"), {"a.png": 0})
    table = predicted("images=walls").table
    before = table.read_text()
    with pytest.raises(UserError, match="^output=results: predictions.csv is there already; overwrite=true"):
        predicted("images=walls")
    assert table.read_text() == before
    grey_images(Path("walls"), {"a.png": 255})
    assert rows_of(predicted("images=walls", "overwrite=true").table)[0]["is_crack"] == "True"


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No part can be written any more after the first."""
    original = workflow.write_rows

    def write_rows(rows: Any, path: Path) -> None:
        if not path.name.endswith("0.jsonl"):
            next(iter(rows))
            raise OSError(28, "No space left on device")
        original(rows, path)

    monkeypatch.setattr(workflow, "write_rows", write_rows)
    yield
    monkeypatch.undo()


def test_a_full_disk_loses_nothing_that_was_saved(
    predicted: Said, full_disk: None, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    grey_images(Path("walls"), {"a.png": 0, "b.png": 255, "c.png": 0})
    with pytest.raises(OSError, match="No space left"):
        predicted("images=walls", "part_size=1")
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert [row["is_crack"] for row in rows_of(predicted("images=walls", "part_size=1").table)] == [
        *("False", "True", "False"),
    ]


def test_the_exit_code_is_2_where_a_file_failed(deployed_file: Path, here: Path) -> None:
    grey_images(here / "walls", {"a.png": 255})
    name = os.fsdecode(b"walls/b\xff.jpg")
    (here / name).write_text("no image")
    done = crack_exp(f"model={deployed_file}", "images=walls", "engine=keras", verb="predict", cwd=here)
    assert (done.returncode, done.stderr) == (2, "")
    assert "2 images: 1 predicted as crack" in done.stdout
    assert r"not read: walls/b\udcff.jpg (not an image)" in done.stdout
    assert {path.name for path in here.iterdir()} == {"walls", "outputs"}


def test_a_mistake_ends_with_one_sentence_and_leaves_nothing(here: Path) -> None:
    done = crack_exp("model=gone.keras", "images=walls", verb="predict", cwd=here)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "crack_exp: images=walls: no such file or folder; check the path\n"
    assert list(here.iterdir()) == []


def test_a_disk_error_of_the_command_is_one_sentence(deployed_file: Path, here: Path) -> None:
    grey_images(here / "walls", {"a.png": 255})
    program = f"""
import os, sys
from crack_exp import predict
from crack_exp.system import files
def full(file): raise OSError(28, "No space left on device")
files.os.fsync = full
sys.argv = ["predict", "model={deployed_file}", "images=walls"]
predict.main()
"""
    done = forked_python(program, here)
    assert done.returncode == 1
    assert done.stderr == "crack_exp: disk: No space left on device; make room, or choose another folder\n"
