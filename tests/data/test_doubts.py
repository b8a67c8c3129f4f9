"""What is probably not meant is said in one sentence each."""

from pathlib import Path

import pytest

from crack_exp.data.doubts import doubts
from crack_exp.data.examples import Example


def examples(*names: str, group: str | None = None) -> list[Example]:
    """Named after the label, as class folders are; a split may stand before it."""
    labels = [parts[1] if (parts := name.split("/"))[0] == "train" else parts[0] for name in names]
    return [Example(Path(), name, label, group or name) for name, label in zip(names, labels, strict=True)]


def test_a_usual_data_set_gives_no_doubt() -> None:
    assert doubts(examples("cracked/1.jpg", "intact/wall1/1.jpg", "intact/wall2/1.jpg")) == []


@pytest.mark.parametrize("name", ["masks", "Ground_Truth", "annotations"])
def test_annotations_beside_the_classes(name: str) -> None:
    (doubt,) = doubts(examples("cracked/1.jpg", "intact/2.jpg", f"{name}/1.png"))
    assert doubt == (
        f"the class {name!r} is called like a folder of annotations; if it is no class, move it out of the data set"
    )


@pytest.mark.parametrize("name", ["nan", "Unknown", "?"])
def test_labels_that_are_missing(name: str) -> None:
    (doubt,) = doubts(examples("cracked/1.jpg", "intact/2.jpg", f"{name}/1.png"))
    assert doubt.startswith(f"the class {name!r} is called like a label that is missing; ")


@pytest.mark.parametrize("other", ["cracked", "CRACKED", "Cracked ", "C\uff52acked"])
def test_names_that_differ_in_spelling_alone(other: str) -> None:
    (doubt,) = doubts(examples("Cracked/1.jpg", "intact/2.jpg", f"{other}/1.png"))
    assert "differ in spelling alone; if they are one class" in doubt and "'Cracked'" in doubt and repr(other) in doubt


def test_the_same_folders_in_every_class_folder() -> None:
    named = ("concrete/heil/1.jpg", "concrete/rissig/2.jpg", "asphalt/heil/3.jpg", "asphalt/rissig/4.jpg")
    for names in (named, [f"train/{name}" for name in named]):
        (doubt,) = doubts(examples(*names))
        assert doubt.startswith("every class folder holds the folders heil, rissig; if they are walls or photos, ")
    assert doubts(examples(*named, group="wall 1")) == []
    assert doubts(examples(*named, "asphalt/5.jpg")) == []
