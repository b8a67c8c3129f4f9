"""A file is there whole, or as it was before."""

import hashlib
from pathlib import Path

import pytest

from crack_exp.system.files import atomic_file, file_sha256, publish, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_gets_its_name_when_it_is_complete(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "figures.json"
    with atomic_file(path, durable=durable) as file:
        file.write(b"half")
        assert not path.exists() and len(names(tmp_path)) == 1
        file.write(b" and half")
    assert path.read_bytes() == b"half and half" and names(tmp_path) == ["figures.json"]


def test_where_writing_fails_the_old_file_stays_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_text(path, "old")
    with pytest.raises(OSError, match="No space left"), atomic_file(path) as file:
        file.write(b"new")
        raise OSError("No space left on device")
    assert path.read_text() == "old" and names(tmp_path) == ["figures.json"]


def test_text_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    write_text(tmp_path / "note.md", "Özgenel – 3 µm")
    assert (tmp_path / "note.md").read_bytes().decode("utf-8") == "Özgenel – 3 µm"


def test_two_writers_of_one_path_do_not_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    with atomic_file(path) as first:
        first.write(b"first")
        with atomic_file(path) as second:
            second.write(b"second")
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first" and names(tmp_path) == ["weights.npz"]


def test_a_folder_that_another_process_published_first_stays(tmp_path: Path) -> None:
    for name in ("mine", "done"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "who.txt").write_text(name)
    publish(tmp_path / "mine", tmp_path / "done")
    assert (tmp_path / "done" / "who.txt").read_text() == "done"
    publish(tmp_path / "mine", tmp_path / "new")
    assert (tmp_path / "new" / "who.txt").read_text() == "mine"
    with pytest.raises(OSError):
        publish(tmp_path / "missing", tmp_path / "nowhere")


def test_a_fingerprint_is_that_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"crack" * 100_000)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(b"crack" * 100_000).hexdigest()
