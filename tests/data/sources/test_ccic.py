"""CCIC from a folder, an archive and the network, and the errors of each."""

import hashlib
import shutil
from pathlib import Path

import pytest

from crack_exp.data.examples import Example
from crack_exp.data.sources import archive as archive_module
from crack_exp.data.sources import ccic as ccic_module
from crack_exp.data.sources.archive import UNPACK_COMMANDS
from crack_exp.data.sources.ccic import ARCHIVE, ccic
from crack_exp.system.checksums import CONTENTS
from tests.data.sources.rar import write_rar
from tests.data.sources.serving import Server
from tests.data.sources.test_archive import UNPACK, write_program
from tests.data.sources.test_own_images import make

MEMBERS = {f"{label}/{number:05}.jpg": b"jpeg" * 9 for label in ("Positive", "Negative") for number in (1, 2)}
needs_unpacker = pytest.mark.skipif(
    not any(map(shutil.which, UNPACK_COMMANDS)), reason="no program to unpack RAR is installed here"
)


def read(tmp_path: Path, path: Path | None, sha256: str = "0" * 64, url: str = "http://127.0.0.1:1/") -> list[Example]:
    return ccic(None if path is None else str(path), tmp_path / "downloads", url, sha256)


def refused(tmp_path: Path, path: Path | None, sha256: str = "0" * 64, url: str = "http://127.0.0.1:1/") -> str:
    with pytest.raises(ValueError) as raised:
        read(tmp_path, path, sha256, url)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_unpacked_folder(tmp_path: Path) -> None:
    examples = read(tmp_path, make(tmp_path / "set", *MEMBERS))
    assert [(one.name, one.label) for one in examples] == [
        *(("Negative/00001.jpg", "Negative"), ("Negative/00002.jpg", "Negative")),
        *(("Positive/00001.jpg", "Positive"), ("Positive/00002.jpg", "Positive")),
    ]
    assert not (tmp_path / "downloads").exists()


@needs_unpacker
def test_the_archive_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_rar(tmp_path / "given.rar", MEMBERS)
    first = read(tmp_path, archive, sha256_of(archive))
    assert len(first) == 4 and first[0].path.read_bytes() == b"jpeg" * 9
    monkeypatch.setattr(archive_module, "_run", None)
    assert read(tmp_path, archive, sha256_of(archive)) == first
    (folder,) = (tmp_path / "downloads").iterdir()
    assert folder.name == f"ccic-{sha256_of(archive)[:12]}"


@pytest.mark.parametrize("damage", ["changed", "gone", "unknown"])
def test_an_unpacked_folder_that_changed_is_unpacked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    (programs := tmp_path / "bin").mkdir()
    write_program(programs / "bsdtar", UNPACK)
    monkeypatch.setenv("PATH", str(programs))
    archive = write_rar(tmp_path / "given.rar", MEMBERS)
    first = read(tmp_path, archive, sha256_of(archive))
    shutil.copy(archive, tmp_path / "downloads" / ARCHIVE)
    if damage == "changed":
        first[1].path.write_bytes(b"another")
    else:
        (first[1].path if damage == "gone" else first[0].path.parents[1] / CONTENTS).unlink()
    assert read(tmp_path, None, sha256_of(archive)) == first
    assert {one.path.read_bytes() for one in first} == {b"jpeg" * 9}
    first[1].path.write_bytes(b"another")
    (tmp_path / "downloads" / ARCHIVE).unlink()
    assert "the connection failed" in refused(tmp_path, None, sha256_of(archive))
    assert first[1].path.read_bytes() == b"another", "nothing is deleted before it can be made anew"


def test_other_files_beside_the_two_folders_are_ignored(tmp_path: Path) -> None:
    examples = read(tmp_path, make(tmp_path / "set", *MEMBERS, "notes/1.jpg", "readme.txt"))
    assert {one.label for one in examples} == {"Positive", "Negative"}


@needs_unpacker
def test_without_a_path_it_is_downloaded_and_unpacked(
    tmp_path: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.content = write_rar(tmp_path / "served.rar", MEMBERS).read_bytes()
    sha256 = sha256_of(tmp_path / "served.rar")
    for _ in range(2):
        assert len(read(tmp_path, None, sha256, server.url)) == 4
    assert server.ranges == [None]
    # With the unpacked folder, no archive, server or program is needed.
    (tmp_path / "downloads" / ARCHIVE).unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert len(read(tmp_path, None, sha256)) == 4


def test_an_archive_that_was_put_there_is_checked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ccic_module, "find_program", lambda archive: None)
    (tmp_path / "downloads").mkdir()
    write_rar(tmp_path / "downloads" / ARCHIVE, MEMBERS)
    message = refused(tmp_path, None)
    assert message.startswith(f"data.folder: '{tmp_path}/downloads/{ARCHIVE}': ") and "not 0000" in message
    # Nothing is unpacked: the one folder is the lock.
    assert [path.suffix for path in (tmp_path / "downloads").iterdir() if path.is_dir()] == [".lease"]


def test_nothing_is_downloaded_that_could_not_be_unpacked(
    tmp_path: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "takes unar, unrar or bsdtar, and none of them" in refused(tmp_path, None, url=server.url)
    assert server.ranges == []


def test_another_archive_is_refused(tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "given.rar", MEMBERS)
    message = refused(tmp_path, archive)
    assert message.startswith(
        f"data.path={archive}: {archive.stat().st_size:,} bytes with the sha256 {sha256_of(archive)}"
    )
    assert "10.17632/5y9wdsg2zt.2" in message and archive.exists()


def test_a_zip_is_refused(tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "set"), "zip", make(tmp_path / "in", *MEMBERS))
    assert f"'{tmp_path}/set.zip' is no RAR archive; give '{ARCHIVE}' as it is" in refused(
        tmp_path, tmp_path / "set.zip"
    )


@needs_unpacker
def test_an_archive_without_the_two_folders_is_refused(tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "given.rar", {"cats/1.jpg": b"cat", "dogs/1.jpg": b"dog"})
    assert "does not hold the folders Negative and Positive of CCIC" in refused(tmp_path, archive, sha256_of(archive))


def test_a_folder_one_level_deeper_is_named_in_the_error(tmp_path: Path) -> None:
    make(tmp_path / "in", *(f"CCIC/{name}" for name in MEMBERS))
    assert refused(tmp_path, tmp_path / "in").endswith(f"they lie deeper, give data.path={tmp_path}/in/CCIC")


def test_no_such_path_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, tmp_path / "nowhere").startswith(f"data.path: '{tmp_path}/nowhere' does not exist")
