"""Folders and tables give examples; anything else is refused in one sentence."""

import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from crack_exp.data.examples import Example
from crack_exp.data.sources.own_images import folder, table


def make(root: Path, *names: str) -> Path:
    """Create files, each with its name as content, since sources do not read them."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def read_table(path: Path, **changed: str | None) -> list[Example]:
    settings: dict[str, Any] = {
        "image_root": None,
        "group_column": None,
        "split_column": None,
        "group_pattern": None,
    }
    settings |= changed
    columns = {"path_column": changed.get("path_column") or "path", "label_column": "label"}
    return table(path=str(path), **(settings | columns))


def make_table(root: Path, text: str, *images: str) -> Path:
    make(root, *images)
    (root / "labels.csv").write_text(text, encoding="utf-8")
    return root / "labels.csv"


TWO = "path,label\na.jpg,cracked\nb.jpg,intact\n"


# Folders


def test_each_folder_is_a_class_and_names_do_not_depend_on_the_machine(tmp_path: Path) -> None:
    make(tmp_path, "wall/intact/b.jpg", "wall/cracked/a.jpg", "wall/spalled/c.png")
    examples = folder(path=str(tmp_path / "wall"), group_pattern=None)
    assert [(e.name, e.label, e.group, e.given_split) for e in examples] == [
        ("cracked/a.jpg", "cracked", "cracked/a.jpg", None),
        ("intact/b.jpg", "intact", "intact/b.jpg", None),
        ("spalled/c.png", "spalled", "spalled/c.png", None),
    ]
    assert all(example.path.is_file() for example in examples)


def test_files_of_operating_systems_are_ignored(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "a/.DS_Store", "a/Thumbs.db", "b/desktop.ini", "b/2.jpg", "b/notes.txt")
    make(tmp_path, "__MACOSX/a/._1.jpg", ".cache/x.jpg", "README.md")
    assert [e.name for e in folder(path=str(tmp_path), group_pattern=None)] == [
        "a/1.jpg",
        "b/2.jpg",
        "b/notes.txt",
    ]


def test_folders_train_val_and_test_are_given_splits(tmp_path: Path) -> None:
    make(
        tmp_path,
        "train/a/1.jpg",
        "train/b/2.jpg",
        "val/a/3.jpg",
        "val/b/4.jpg",
        "test/a/5.jpg",
        "test/b/6.jpg",
    )
    examples = folder(path=str(tmp_path), group_pattern=None)
    assert {e.name: e.given_split for e in examples} == {
        "train/a/1.jpg": "train",
        "train/b/2.jpg": "train",
        "val/a/3.jpg": "validation",
        "val/b/4.jpg": "validation",
        "test/a/5.jpg": "test",
        "test/b/6.jpg": "test",
    }
    assert {example.label for example in examples} == {"a", "b"}


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("Training", "Testing"), ("train", "test")),
        (("TRAIN", "Valid", "test_set"), ("train", "validation", "test")),
        (("training", "dev"), ("train", "validation")),
        (("train", "validation", "Evaluation"), ("train", "validation", "test")),
    ],
)
def test_splits_are_known_by_other_names_too(tmp_path: Path, names: tuple[str, ...], splits: tuple[str, ...]) -> None:
    make(tmp_path, *(f"{name}/{label}/1.jpg" for name in names for label in "ab"))
    found = {example.name.split("/")[0]: example.given_split for example in folder(str(tmp_path), group_pattern=None)}
    assert found == dict(zip(names, splits, strict=True))


def test_links_that_lead_to_each_other_are_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/one/1.jpg", "a/two/2.jpg", "b/3.jpg")
    (tmp_path / "a/one/other").symlink_to(tmp_path / "a/two")
    (tmp_path / "a/two/other").symlink_to(tmp_path / "a/one")
    with pytest.raises(ValueError, match="links back to a folder above it"):
        folder(path=str(tmp_path), group_pattern=None)


def test_a_split_folder_may_lack_a_class(tmp_path: Path) -> None:
    make(tmp_path, "train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg")
    assert len(folder(path=str(tmp_path), group_pattern=None)) == 3


def test_the_group_is_what_the_pattern_finds(tmp_path: Path) -> None:
    make(tmp_path, "a/7073-1.jpg", "a/7073-2.jpg", "b/7074-1.jpg")
    captured = folder(path=str(tmp_path), group_pattern=r"(\d+)-")
    assert [example.group for example in captured] == ["7073", "7073", "7074"]
    whole = folder(path=str(tmp_path), group_pattern=r"\d+-")
    assert [example.group for example in whole] == ["7073-", "7073-", "7074-"]


def test_folders_inside_a_class_can_name_the_wall(tmp_path: Path) -> None:
    make(tmp_path, "a/wall_1/1.jpg", "b/wall_1/1.jpg", "b/wall_2/1.jpg")
    groups = [e.group for e in folder(path=str(tmp_path), group_pattern=r"/(.+)/")]
    assert groups == ["wall_1", "wall_1", "wall_2"]


def test_a_name_without_a_group_is_refused_by_name(tmp_path: Path) -> None:
    make(tmp_path, "a/7073-1.jpg", "b/wall.jpg")
    with pytest.raises(ValueError, match=r"data.group_pattern: .* in 1 of 2 image names \(b/wall.jpg\)"):
        folder(path=str(tmp_path), group_pattern=r"(\d+)-")


def test_an_invalid_pattern_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "b/2.jpg")
    with pytest.raises(ValueError, match=r"data.group_pattern: '\(' is not a regular expression"):
        folder(path=str(tmp_path), group_pattern="(")


def test_linked_images_and_linked_class_folders_are_followed(tmp_path: Path) -> None:
    make(tmp_path, "store/b/2.jpg", "store/1.jpg", "store/c/3.jpg", "wall/a/0.jpg")
    (tmp_path / "wall/a/more").symlink_to(tmp_path / "store/c")
    (tmp_path / "wall/a/1.jpg").symlink_to(tmp_path / "store/1.jpg")
    (tmp_path / "wall/b").symlink_to(tmp_path / "store/b")
    names = [example.name for example in folder(path=str(tmp_path / "wall"), group_pattern=None)]
    assert names == ["a/0.jpg", "a/1.jpg", "a/more/3.jpg", "b/2.jpg"]


def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "b/2.jpg")
    (tmp_path / "a/again").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="links back to a folder above it"):
        folder(path=str(tmp_path), group_pattern=None)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_utf_8_are_escaped(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "b/2.jpg")
    with open(os.fsencode(tmp_path) + b"/a/crack_\xff.jpg", "wb"):
        pass
    example = folder(path=str(tmp_path), group_pattern=None)[1]
    assert example.name == r"a/crack_\xff.jpg" and example.path.is_file()
    example.name.encode("utf-8")


def test_composed_and_decomposed_accents_give_the_same_name(tmp_path: Path) -> None:
    make(tmp_path, "fissur\u00e9/1.jpg", "intact/e\u0301.jpg")
    examples = folder(path=str(tmp_path), group_pattern=None)
    assert [(e.name, e.label) for e in examples] == [
        ("fissur\u00e9/1.jpg", "fissur\u00e9"),
        ("intact/\u00e9.jpg", "intact"),
    ]


WRONG_FOLDERS = {
    "nothing": ((), "is empty; expected one folder per class, e.g. .*/cracked/"),
    "images alone": (("1.jpg", "2.jpg"), "2 files .*'1.jpg'.* lie in .* itself"),
    "images beside classes": (
        ("a/1.jpg", "b/2.jpg", "3.jpg"),
        "1 files .*'3.jpg'.* outside the class folders",
    ),
    "one class": (("a/1.jpg",), "holds the single class 'a'"),
    "too deep": (("set/a/1.jpg", "set/b/1.jpg"), "single folder 'set'.*give data.path=.*/set$"),
    "much too deep": (("my/set/a/1.jpg", "my/set/b/1.jpg"), "give data.path=.*/my/set$"),
    "empty class": (("a/1.jpg", "b/.DS_Store"), "no images under .* for 'b'"),
    "only test": (("test/a/1.jpg", "test/b/2.jpg"), "given splits are test alone; add a split 'train'"),
    "a split and a class": (
        ("train/a/1.jpg", "train/b/1.jpg", "a/2.jpg"),
        "mixes split folders .*a/, train/",
    ),
    "a split twice": (("train/a/1.jpg", "val/a/1.jpg", "valid/a/1.jpg"), "names one split twice"),
    "split without classes": (("train/1.jpg", "test/a/1.jpg"), "'1.jpg'.* lie in '.*/train' itself"),
}


@pytest.mark.parametrize("case", WRONG_FOLDERS)
def test_a_folder_with_another_structure_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    names, message = WRONG_FOLDERS[case]
    make(tmp_path, *names)
    with pytest.raises(ValueError, match=f"^data.path: .*{message}"):
        folder(path=str(tmp_path), group_pattern=None)


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "file.zip")
    with pytest.raises(ValueError, match="data.path: '.*/gone' does not exist"):
        folder(path=str(tmp_path / "gone"), group_pattern=None)
    with pytest.raises(ValueError, match="data.path: '.*/file.zip' is a file"):
        folder(path=str(tmp_path / "file.zip"), group_pattern=None)


def test_a_link_to_where_nothing_may_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/1.jpg", "b/2.jpg")

    def forbidden(self: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "exists", forbidden)  # root, who often runs tests, may read everything
    with pytest.raises(ValueError, match=r"data.path: cannot list '.*/a' \(Permission denied\); make it readable"):
        folder(path=str(tmp_path), group_pattern=None)


def test_a_class_folder_that_is_a_broken_link_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "b/2.jpg")
    (tmp_path / "c").symlink_to(tmp_path / "unmounted")
    with pytest.raises(ValueError, match="c' is a broken link"):
        folder(path=str(tmp_path), group_pattern=None)


# Tables


def test_a_table_lists_images_beside_it(tmp_path: Path) -> None:
    examples = read_table(make_table(tmp_path, "path,label\nb/2.jpg,intact\na/1.jpg,cracked\n", "a/1.jpg", "b/2.jpg"))
    assert examples == [
        Example(tmp_path, "a/1.jpg", "cracked", "a/1.jpg", None),
        Example(tmp_path, "b/2.jpg", "intact", "b/2.jpg", None),
    ]


def test_another_image_root_and_other_column_names(tmp_path: Path) -> None:
    make(tmp_path, "images/1.jpg", "images/2.jpg")
    (tmp_path / "labels.csv").write_text("file,crack,wall,use\n1.jpg,yes,w1,train\n2.jpg,no,w2,val\n")
    examples = table(
        path=str(tmp_path / "labels.csv"),
        image_root=str(tmp_path / "images"),
        path_column="file",
        label_column="crack",
        group_column="wall",
        split_column="use",
        group_pattern=None,
    )
    assert [(e.name, e.label, e.group, e.given_split) for e in examples] == [
        ("1.jpg", "yes", "w1", "train"),
        ("2.jpg", "no", "w2", "validation"),
    ]


def test_columns_group_and_split_are_used_if_they_exist(tmp_path: Path) -> None:
    text = "path,label,group,split\na.jpg,cracked,w1,train\nb.jpg,intact,w2,test\n"
    examples = read_table(make_table(tmp_path, text, "a.jpg", "b.jpg"))
    assert [(e.group, e.given_split) for e in examples] == [("w1", "train"), ("w2", "test")]


def test_a_spreadsheet_from_windows_is_read(tmp_path: Path) -> None:
    make(tmp_path, "a/1.jpg", "b, c/2.jpg")
    text = '\ufeffpath,label\r\na\\1.jpg,cracked\r\n"b, c\\2.jpg", intact \r\n\r\n'
    (tmp_path / "labels.csv").write_bytes(text.encode("utf-8"))
    examples = read_table(tmp_path / "labels.csv")
    assert [(e.name, e.label) for e in examples] == [("a/1.jpg", "cracked"), ("b, c/2.jpg", "intact")]


def test_accents_in_another_form_than_on_the_disk_are_found(tmp_path: Path) -> None:
    path = make_table(tmp_path, "path,label\n\u00e9.jpg,x\nu\u0308.jpg,y\n", "e\u0301.jpg", "\u00fc.jpg")
    assert [(one.name, one.path.is_file()) for one in read_table(path)] == [("\u00e9.jpg", True), ("\u00fc.jpg", True)]


def test_a_table_that_is_a_pipe_or_a_device_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(ValueError, match="data.path: cannot read .*, which is no file; give a CSV file"):
            read_table(path)


def test_absolute_paths_below_the_root_get_portable_names(tmp_path: Path) -> None:
    path = make_table(tmp_path, f"path,label\n{tmp_path}/a.jpg,cracked\n./b.jpg,intact\n", "a.jpg", "b.jpg")
    assert [example.name for example in read_table(path)] == ["a.jpg", "b.jpg"]


def test_the_pattern_groups_the_images_of_a_table(tmp_path: Path) -> None:
    path = make_table(tmp_path, "path,label\nw1_a.jpg,x\nw1_b.jpg,y\n", "w1_a.jpg", "w1_b.jpg")
    assert [example.group for example in read_table(path, group_pattern="w[0-9]")] == ["w1", "w1"]


@pytest.mark.parametrize("group_column", [None, "group"])
def test_a_pattern_and_a_group_column_contradict_each_other(tmp_path: Path, group_column: str | None) -> None:
    path = make_table(tmp_path, "path,label,group\na.jpg,x,1\nb.jpg,y,2\n", "a.jpg", "b.jpg")
    with pytest.raises(ValueError, match="data.group_pattern: 'a' contradicts the group column"):
        read_table(path, group_column=group_column, group_pattern="a")


WRONG_TABLES = {
    "empty": ("", "data.path: .* lists no images"),
    "header alone": ("path,label\n", "data.path: .* lists no images"),
    "semicolons": (
        "path;label\na.jpg;x\n",
        "data.path_column: .* no columns 'path'.* 'path;label': .* by ';'",
    ),
    "other columns": ("file,class\na.jpg,x\n", "data.path_column: .* its columns are 'file', 'class'$"),
    "missing label": ("path,label\na.jpg,x\nb.jpg,\n", r"data.label_column: .* empty in 1 lines \(3\)"),
    "missing group": (
        "path,label,group\na.jpg,x,\nb.jpg,y,1\n",
        r"data.group_column: .* empty in 1 lines \(2\)",
    ),
    "ragged": ("path,label\na.jpg,x\nb.jpg,y,z\n", "data.path: line 3 of .* has 3 values for 2 columns"),
    "one label": ("path,label\na.jpg,x\nb.jpg,x\n", "data.path: all images have the label 'x'"),
    "twice": ("path,label\na.jpg,x\nb.jpg,y\n./a.jpg,y\n", r"1 images are listed more than once \(a.jpg\)"),
    "not there": (
        "path,label\na.jpg,x\nc.jpg,y\n",
        r"1 of 2 images .* not under .* \(c.jpg\); set data.image_root",
    ),
    "folder as image": ("path,label\na.jpg,x\n.,y\n", "1 of 2 images of the table are not under"),
    "split": (
        "path,label,split\na.jpg,x,train\nb.jpg,y,later\n",
        "data.split_column: unknown splits 'later'; .*train",
    ),
    "only test": ("path,label,split\na.jpg,x,test\nb.jpg,y,test\n", "splits are test alone"),
    "semicolons and decimal commas": (
        "path;label;width_mm\na.jpg;x;0,25\nb.jpg;y;0\n",
        "data.path: line 2 of .* has 2 values for 1 columns: it is separated by ';', save it with commas$",
    ),
    "tabs and commas": (
        "path\tlabel\tnote\na.jpg\tx\tdeep, wet\nb.jpg\ty\t-\n",
        "data.path: line 2 .*: it is separated by '.t', save it with commas$",
    ),
    "tabs and commas in the header": (
        "path\tlabel\tnote, remark\na.jpg\tx\t-, -\nb.jpg\ty\t-,-\n",
        "data.path_column: .*: it is separated by '.t', save it with commas$",
    ),
    "no header": (
        "a.jpg,x\nb.jpg,y\n",
        "no columns 'path'.*'x'; it has no header: add a first line such as path,label$",
    ),
    "addresses": ("path,label\nhttps://e.org/a.jpg,x\nhttps://e.org/b.jpg,y\n", "2 of 2 .*; download these images$"),
    "UTF-16 without a mark": (
        "p\0a\0t\0h\0,\0l\0a\0b\0e\0l\0\n\0a\0,\0x\0\n\0b\0,\0y\0\n",
        "data.path: .* is no text .*; save the table as 'CSV UTF-8'$",
    ),
    "open quote": ('path,label\n"a.jpg,x\n', "data.path: .* not well-formed CSV"),
}


@pytest.mark.parametrize("case", WRONG_TABLES)
def test_an_invalid_table_is_refused_with_a_remedy(tmp_path: Path, case: str) -> None:
    text, message = WRONG_TABLES[case]
    with pytest.raises(ValueError, match=message):
        read_table(make_table(tmp_path, text, "a.jpg", "b.jpg"))


def test_a_named_column_must_exist(tmp_path: Path) -> None:
    path = make_table(tmp_path, TWO, "a.jpg", "b.jpg")
    with pytest.raises(ValueError, match="data.group_column: .* has no columns 'wall'"):
        read_table(path, group_column="wall")
    with pytest.raises(ValueError, match="data.split_column: .* has no columns 'use'"):
        read_table(path, split_column="use")


def test_ten_missing_images_are_named_and_all_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"{number:02}.jpg,{'xy'[number % 2]}\n" for number in range(12))
    with pytest.raises(ValueError, match=r"12 of 12 images .*\(00.jpg, 01.jpg, .*, 09.jpg, ...\)"):
        read_table(make_table(tmp_path, f"path,label\n{rows}"))


def test_a_table_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="data.path: cannot read .*gone.csv"):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(ValueError, match="data.path: cannot read .* give a CSV file"):
        read_table(tmp_path)
    (tmp_path / "latin.csv").write_bytes("path,label\nfissur\u00e9.jpg,x\n".encode("latin-1"))
    with pytest.raises(ValueError, match="is not UTF-8 text"):
        read_table(tmp_path / "latin.csv")
    with pytest.raises(ValueError, match="data.image_root: '.*/gone' does not exist"):
        read_table(make_table(tmp_path, TWO), image_root=str(tmp_path / "gone"))
