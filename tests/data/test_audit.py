"""The audit: which files are usable, which are not, and what is reported."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from crack_exp.data.audit import Audit, audit, summary, usable, write_audit
from crack_exp.data.examples import Example
from crack_exp.data.file_check import FileFacts
from crack_exp.data.sources.own_images import folder


def paint(path: Path, grey: int) -> Path:
    """A small bright image; the same number gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 6, 3), 255 - grey, dtype=np.uint8)).save(path)
    return path


def listed(root: Path) -> list[Example]:
    return folder(path=str(root), group_pattern=None)


def found(seen: Audit) -> dict[str, FileFacts]:
    return {finding.example.name: finding.facts for finding in seen.findings}


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """Four images that differ, two of each class."""
    for grey, name in enumerate(("cracked/1.png", "cracked/2.png", "intact/1.png", "intact/2.png")):
        paint(tmp_path / name, grey)
    return tmp_path


def test_a_valid_image_is_described_and_usable(sound: Path) -> None:
    examples = listed(sound)
    seen = audit(examples)
    assert seen.findings[0].example is examples[0]
    first = seen.findings[0].facts
    assert (first.width_px, first.height_px, first.mode, first.problem, first.note) == (6, 4, "RGB", "", "")
    assert len(first.sha256) == 64 and seen.contents["cracked/1.png"] == first.sha256
    assert usable(seen, examples, "error") == examples


def test_broken_files_of_every_kind_are_found(sound: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(sound / "cracked/half.jpg")
    content = (sound / "cracked/half.jpg").read_bytes()
    (sound / "cracked/half.jpg").write_bytes(content[: len(content) // 2])
    (sound / "cracked/empty.jpg").touch()
    (sound / "cracked/notes.txt").write_text("seen on Monday")
    (sound / "cracked/moved.jpg").symlink_to(sound / "gone.jpg")
    os.mkfifo(sound / "cracked/pipe.jpg")
    problems = {finding.example.name: finding.facts.problem for finding in audit(listed(sound)).problems}
    assert problems == {
        "cracked/half.jpg": "truncated",
        "cracked/empty.jpg": "empty file",
        "cracked/notes.txt": "not an image",
        "cracked/moved.jpg": "a broken link",
        "cracked/pipe.jpg": "no file",
    }


def test_what_reading_changes_is_noted(sound: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (6, 4), "white").save(sound / "intact/turned.jpg", exif=exif)
    Image.fromarray(np.full((4, 6), 65_535, dtype=np.uint16)).save(sound / "intact/deep.png")
    Image.fromarray(np.full((4, 6), 4_095, dtype=np.uint16)).save(sound / "intact/12_bits.tif")
    Image.new("RGBA", (6, 4), "white").save(sound / "intact/clear.png")
    Image.new("CMYK", (6, 4)).save(sound / "intact/print.jpg")
    findings = found(audit(listed(sound)))
    turned = findings["intact/turned.jpg"]
    assert (turned.width_px, turned.height_px, turned.note) == (4, 6, "EXIF-rotated")
    assert (findings["intact/deep.png"].mode, findings["intact/deep.png"].note) == ("I;16", "16-bit")
    dark = "darker than a quarter of white (scale values of 10 to 14 bits)"
    assert findings["intact/12_bits.tif"].note == f"16-bit, {dark}, no value above 4095"
    assert f"{dark}: 1" in summary(audit(listed(sound)))
    assert findings["intact/clear.png"].note == "transparency ignored"
    assert (findings["intact/print.jpg"].mode, findings["intact/print.jpg"].note) == ("CMYK", "")


def deep(path: Path, value: int) -> None:
    Image.fromarray(np.full((4, 6), value, np.uint16)).save(path)


def test_where_all_16_bit_images_are_dark_the_white_level_that_fits_is_named(sound: Path) -> None:
    hint = "no value of the 16-bit images is above {0}: if this is white, set data.white_level={0}"
    deep(sound / "cracked/a.tif", 900)
    assert hint.format(1023) in summary(audit(listed(sound)))
    deep(sound / "intact/b.png", 4095)
    assert hint.format(4095) in summary(audit(listed(sound)))
    assert not [line for line in summary(audit(listed(sound), white_level=4095)) if "white_level" in line]
    deep(sound / "intact/c.png", 60_000)
    assert not [line for line in summary(audit(listed(sound))) if "white_level" in line]


def test_values_above_white_are_cut_off_and_noted(sound: Path) -> None:
    deep(sound / "cracked/a.tif", 4095)
    deep(sound / "intact/b.png", 4096)
    findings = found(audit(listed(sound), white_level=4095))
    assert findings["cracked/a.tif"].note == "16-bit"
    assert findings["intact/b.png"].note == "16-bit, values above white cut off"


def test_copies_with_the_same_label_are_noted_and_usable(sound: Path) -> None:
    paint(sound / "cracked/3.png", 0)
    examples = listed(sound)
    seen = audit(examples)
    assert found(seen)["cracked/3.png"].note == "copy of cracked/1.png"
    assert found(seen)["cracked/1.png"].note == ""
    assert seen.contents["cracked/1.png"] == seen.contents["cracked/3.png"]
    assert usable(seen, examples, "error") == examples


def test_copies_with_different_labels_are_all_excluded(sound: Path) -> None:
    paint(sound / "intact/3.png", 0)
    examples = listed(sound)
    seen = audit(examples)
    assert found(seen)["cracked/1.png"].problem == "one content under two labels: intact/3.png is 'intact'"
    assert found(seen)["intact/3.png"].problem == "one content under two labels: cracked/1.png is 'cracked'"
    left = [example.name for example in usable(seen, examples, "skip")]
    assert left == ["cracked/2.png", "intact/1.png", "intact/2.png"]


def test_empty_files_are_not_reported_as_copies(sound: Path) -> None:
    (sound / "cracked/0.png").touch()
    (sound / "intact/0.png").touch()
    assert [finding.facts.problem for finding in audit(listed(sound)).problems] == ["empty file", "empty file"]


def test_a_training_copy_of_a_test_image_is_excluded(tmp_path: Path) -> None:
    for grey, name in enumerate(("train/a/1.png", "train/b/1.png", "val/a/2.png", "test/a/3.png", "test/b/3.png")):
        paint(tmp_path / name, grey)
    paint(tmp_path / "train/a/copy.png", 3)
    paint(tmp_path / "val/a/copy.png", 3)
    paint(tmp_path / "train/a/2_again.png", 2)
    examples = listed(tmp_path)
    seen = audit(examples)
    assert {finding.example.name: finding.facts.problem for finding in seen.problems} == {
        "train/a/copy.png": "copy crosses given splits: test/a/3.png is in test",
        "val/a/copy.png": "copy crosses given splits: test/a/3.png is in test",
        "train/a/2_again.png": "copy crosses given splits: val/a/2.png is in validation",
    }
    usable_names = {example.name for example in usable(seen, examples, "skip")}
    assert usable_names == {"train/a/1.png", "train/b/1.png", "val/a/2.png", "test/a/3.png", "test/b/3.png"}


def test_the_error_names_ten_files_the_count_and_a_remedy(sound: Path) -> None:
    for number in range(12):
        (sound / f"cracked/bad_{number:02}.jpg").touch()
    examples = listed(sound)
    with pytest.raises(ValueError) as error:
        usable(audit(examples), examples, "error")
    message = str(error.value)
    assert "12 of 16 images" in message and "data.on_bad_image=skip" in message
    assert "cracked/bad_00.jpg (empty file)" in message and "cracked/bad_09.jpg (empty file), ..." in message
    assert "bad_10" not in message


def test_skipping_a_whole_class_is_refused(sound: Path) -> None:
    for path in (sound / "intact").iterdir():
        path.write_bytes(b"")
    examples = listed(sound)
    with pytest.raises(ValueError, match="data.on_bad_image: skip leaves no image of 'intact'"):
        usable(audit(examples), examples, "skip")


def test_the_table_shows_problems_first_and_notes_next(sound: Path, tmp_path: Path) -> None:
    paint(sound / "cracked/9.png", 0)
    (sound / "intact/9.png").touch()
    write_audit(audit(listed(sound)), tmp_path / "audit.csv")
    with (tmp_path / "audit.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["name"], row["problem"], row["note"]) for row in rows] == [
        ("intact/9.png", "empty file", ""),
        ("cracked/9.png", "", "copy of cracked/1.png"),
        ("cracked/1.png", "", ""),
        ("cracked/2.png", "", ""),
        ("intact/1.png", "", ""),
        ("intact/2.png", "", ""),
    ]
    assert rows[1]["sha256"] == rows[2]["sha256"] and rows[1]["width_px"] == "6"


def test_the_summary_counts_images_sizes_copies_and_problems(sound: Path) -> None:
    paint(sound / "cracked/8.png", 0)
    paint(sound / "cracked/9.png", 0)
    (sound / "intact/8.png").touch()
    (sound / "intact/9.png").touch()
    Image.new("RGBA", (5, 5), "white").save(sound / "intact/clear.png")
    assert summary(audit(listed(sound))) == [
        "9 images, 2 classes: cracked 4, intact 5",
        "6 x 4 px: 6",
        "5 x 5 px: 1",
        "transparency ignored: 1",
        "3 files are byte copies of one another, in 1 groups",
        "2 cannot be used, empty file: intact/8.png, ...",
    ]


def test_the_users_files_are_not_changed(sound: Path) -> None:
    (sound / "cracked/empty.jpg").touch()
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in sound.rglob("*.*")}
    examples = listed(sound)
    usable(audit(examples), examples, "skip")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in sound.rglob("*.*")} == before


@pytest.mark.real_data
def test_the_copies_among_real_images_are_found(real_data: Path) -> None:
    examples = listed(real_data / "data/ccic")
    seen = audit(examples)
    assert not seen.problems
    assert usable(seen, examples, "error") == examples
    assert len(set(seen.contents.values())) == 5_000 - sum("copy of" in found.facts.note for found in seen.findings)
    assert "293 files are byte copies of one another, in 142 groups" in summary(seen)
