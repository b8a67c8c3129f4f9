"""What systems leave beside images is no image, wherever a folder is searched."""

import logging
from pathlib import Path

import pytest

from crack_exp.data.leftovers import is_left_behind, tell_left_behind
from crack_exp.data.sources.own_images import folder
from crack_exp.data.sources.sdnet2018 import sdnet2018
from crack_exp.deployed.sources import find_images

LEFT = (
    *("@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg", "#recycle/old.jpg", "$RECYCLE.BIN/old.jpg", "lost+found/9.jpg"),
    *("System Volume Information/x.jpg", "__MACOSX/._1.jpg", "._1.jpg", ".AppleDouble/1.jpg", ".Spotlight-V100/1.jpg"),
    *(".Trash-1000/1.jpg", ".@__thumb/1.jpg", ".thumbnails/1.jpg", ".picasaoriginals/1.jpg", ".git/1.jpg"),
    *("Thumbs.db", "ehthumbs.db", "desktop.ini", "Picasa.ini", ".picasa.ini", ".DS_Store", "~$1.jpg"),
    *(
        "1.jpg:Zone.Identifier",
        "1.THM",
        "1.AAE",
        ".1.jpg.icloud",
        "1.jpg.xmp",
        ".nfs0000001",
        ".dropbox.cache/1.jpg",
        ".ipynb_checkpoints/1-checkpoint.jpg",
    ),
)
ENTRIES = len(LEFT)


def make(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four images; what systems leave lies in one class folder, in its subfolder, and beside the class folders."""
    make(tmp_path, "CW/7-1.jpg", "CW/more/7-2.jpg", "UW/8-1.jpg", "UW/8-2.jpg")
    for place in ("CW", "CW/more", "."):
        make(tmp_path / place, *LEFT)
    return tmp_path


def test_a_name_of_a_person_is_not_taken_for_one_of_a_system() -> None:
    assert all(is_left_behind(Path(name).parts[0]) for name in LEFT)
    others = ("eaDir", "recycle", "lost", "thumbs.jpg", "a.DS_Store.jpg", "Picasa", "#1.jpg")
    assert not any(map(is_left_behind, others))


def test_training_passes_it_over_and_counts_it(photos: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "crack_exp")
    names = ["CW/7-1.jpg", "CW/more/7-2.jpg", "UW/8-1.jpg", "UW/8-2.jpg"]
    assert [one.name for one in folder(path=str(photos), group_pattern=None)] == names
    assert [one.name for one in sdnet2018(path=str(photos))] == names
    first, second = caplog.messages
    assert first == second and first.startswith("passed over, what systems leave beside images: ")
    assert "6 '._*'" not in first and "3 '@eaDir'" in first and "..." in first


def test_predictions_pass_it_over_and_count_it(photos: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "crack_exp")
    found = [Path(path).relative_to(photos).as_posix() for path in find_images([str(photos)], "images")]
    assert found == ["CW/7-1.jpg", "CW/more/7-2.jpg", "UW/8-1.jpg", "UW/8-2.jpg"]
    assert list(find_images([f"{photos}/**/*.jpg"], "images")) == [str(photos / name) for name in found]
    assert "3 '@eaDir'" in caplog.messages[0]


def test_predictions_tell_what_else_they_pass_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "crack_exp")
    make(tmp_path / "photos", "1.jpg", "2.DNG", "3.dng", "notes", "deep/4.avif")
    (tmp_path / "photos" / "other").symlink_to(tmp_path)
    assert len(list(find_images([str(tmp_path / "photos")], "images"))) == 1
    assert caplog.messages == [
        "passed over, files with another ending than images: 2 '.dng', 1 '', 1 '.avif'",
        "passed over, links to folders: 1 'other'",
    ]


def test_a_pattern_gives_each_file_once_and_ends_where_links_lead_upwards(tmp_path: Path) -> None:
    make(tmp_path, "walls/1.jpg", "walls/a/2.jpg")
    for link in ("walls/up", "walls/a/up", "walls/a/again"):
        (tmp_path / link).symlink_to(tmp_path)
    for pattern in ("walls/**", "walls/**/*.jpg", "w*", "**/*"):
        found = list(find_images([f"{tmp_path}/{pattern}"], "images"))
        assert found == [str(tmp_path / "walls/1.jpg"), str(tmp_path / "walls/a/2.jpg")], pattern


def test_links_in_a_circle_are_counted_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "crack_exp")
    make(tmp_path, "other/Thumbs.db", "more/Thumbs.db")
    (tmp_path / "other" / "up").symlink_to(tmp_path)
    (tmp_path / "more" / "across").symlink_to(tmp_path / "other")
    tell_left_behind(tmp_path)
    assert caplog.messages == ["passed over, what systems leave beside images: 2 'Thumbs.db'"]
