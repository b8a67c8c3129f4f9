"""SDNET2018 as published, in part, and with common mistakes."""

from pathlib import Path

import pytest

from crack_exp.data.sources.sdnet2018 import sdnet2018
from tests.data.sources.test_own_images import make

PUBLISHED = [f"{s}/{c}{s}/{photo}-{tile}.jpg" for s in "DPW" for c in "CU" for photo in (7001, 7002) for tile in (1, 9)]


def test_labels_surfaces_and_photos_of_the_published_folder(tmp_path: Path) -> None:
    examples = sdnet2018(str(make(tmp_path, *PUBLISHED)))
    assert len(examples) == 24
    assert [example.name for example in examples] == sorted(PUBLISHED)
    first, last = examples[0], examples[-1]
    assert (first.name, first.label, first.group, first.surface) == ("D/CD/7001-1.jpg", "cracked", "deck 7001", "deck")
    assert (last.name, last.label, last.group, last.surface) == ("W/UW/7002-9.jpg", "uncracked", "wall 7002", "wall")
    assert {example.surface for example in examples} == {"deck", "pavement", "wall"}
    assert all(example.path.is_file() for example in examples)


def test_the_same_photo_number_on_two_surfaces_is_two_groups(tmp_path: Path) -> None:
    groups = {example.group for example in sdnet2018(str(make(tmp_path, *PUBLISHED)))}
    assert len(groups) == 6


def test_full_folder_names_are_recognised(tmp_path: Path) -> None:
    make(tmp_path, "Decks/Cracked/7001-1.jpg", "Decks/Non-cracked/7001-2.jpg")
    make(tmp_path, "Pavements/Cracked/7101-1.jpg", "Pavements/Non-cracked/7101-2.jpg")
    tiles = [(e.label, e.surface, e.group) for e in sdnet2018(str(tmp_path))]
    assert tiles == [
        ("cracked", "deck", "deck 7001"),
        ("uncracked", "deck", "deck 7001"),
        ("cracked", "pavement", "pavement 7101"),
        ("uncracked", "pavement", "pavement 7101"),
    ]


def test_one_surface_is_enough(tmp_path: Path) -> None:
    make(tmp_path, *PUBLISHED)
    examples = sdnet2018(str(tmp_path / "W"))
    assert {example.surface for example in examples} == {"wall"} and len(examples) == 8
    assert examples[0].name == "CW/7001-1.jpg"


def test_two_class_folders_of_any_surface_are_enough(tmp_path: Path) -> None:
    make(tmp_path, "tiles/Positive/7069-1.jpg", "tiles/Negative/7069-2.jpg")
    tiles = [(e.label, e.group, e.surface) for e in sdnet2018(str(tmp_path / "tiles"))]
    assert tiles == [("uncracked", "7069", ""), ("cracked", "7069", "")]


def test_other_folders_are_ignored(tmp_path: Path) -> None:
    make(tmp_path, *PUBLISHED, "readme.txt", "__MACOSX/D/x.jpg", "W/CW/.DS_Store", "papers/one.pdf")
    assert len(sdnet2018(str(tmp_path))) == 24


def refused(path: Path) -> str:
    with pytest.raises(ValueError) as raised:
        sdnet2018(str(path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_surface_with_one_class_is_refused(tmp_path: Path) -> None:
    make(tmp_path, *[name for name in PUBLISHED if "UW" not in name])
    message = refused(tmp_path)
    assert message.startswith(
        f"data.path: '{tmp_path / 'W'}' has no uncracked tiles; SDNET2018 has them in CW and UW: "
    )
    (tmp_path / "W" / "UW").mkdir()
    assert refused(tmp_path) == message


@pytest.mark.parametrize("above", ["SDNET2018", "download/SDNET2018"])
def test_a_folder_at_another_level_is_named_in_the_error(tmp_path: Path, above: str) -> None:
    make(tmp_path, *[f"{above}/{name}" for name in PUBLISHED])
    assert refused(tmp_path).endswith(f"they lie deeper, give data.path={tmp_path / above}")
    make(tmp_path / "other", "tiles/Positive/7069-1.jpg", "tiles/Negative/7069-2.jpg")
    assert refused(tmp_path / "other").endswith(f"they lie deeper, give data.path={tmp_path / 'other' / 'tiles'}")


def test_another_folder_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "cats/1.jpg", "dogs/2.jpg")
    assert "does not hold D, P or W with CD and UD, CP and UP or CW and UW in them; give the folder" in refused(
        tmp_path
    )
    assert refused(tmp_path / "nowhere").startswith("data.path: '")


def test_a_broken_link_does_not_hide_the_error(tmp_path: Path) -> None:
    make(tmp_path, "cats/1.jpg")
    (tmp_path / "cats" / "gone").symlink_to(tmp_path / "nowhere")
    assert "give the folder that SDNET2018 was unpacked to" in refused(tmp_path)


def test_tiles_without_a_photo_in_their_name_are_refused(tmp_path: Path) -> None:
    make(tmp_path, *PUBLISHED, "D/CD/holiday.jpg")
    assert "1 files under" in refused(tmp_path) and "D/CD/holiday.jpg" in refused(tmp_path)
