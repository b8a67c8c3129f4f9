"""The listing of an archive is checked first; then it is unpacked completely or not at all."""

import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import rarfile

from crack_exp.data.sources import archive as archive_module
from crack_exp.data.sources.archive import UNPACK_COMMANDS, unpack
from crack_exp.system.checksums import CONTENTS, damaged_files
from tests.data.sources.rar import write_rar

TWO = {"Positive/1 a.jpg": b"crack" * 20, "Negative/2.jpg": b"intact" * 20}
# Unpacks like bsdtar, so that this module is tested where no program for RAR is installed.
UNPACK = "rarfile.RarFile(sys.argv[2]).extractall(sys.argv[4])"
PROGRAM = f'#!/bin/sh\n"exec" "{sys.executable}" "$0" "$@"\nimport os, sys, rarfile\n'
"""For a shell, and then for Python, whose path may hold spaces."""


@pytest.fixture(params=[*UNPACK_COMMANDS, "stand-in"])
def only(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The only program that is found. "stand-in" is a bsdtar written in Python."""
    folder = tmp_path_factory.mktemp("bin")
    program = "bsdtar" if request.param == "stand-in" else request.param
    if request.param == "stand-in":
        write_program(folder / program, UNPACK)
    elif found := shutil.which(program):
        (folder / program).symlink_to(found)
    else:
        pytest.skip(f"{program} is not installed here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))
        yield program


def write_program(path: Path, unpack: str) -> None:
    path.write_text(f"{PROGRAM}{unpack}\n")
    path.chmod(0o755)


def refused(archive: Path, folder: Path) -> str:
    """The one sentence, with nothing left behind."""
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(ValueError) as raised:
        unpack(archive, folder)
    assert "\n" not in str(raised.value)
    assert sorted(folder.parent.rglob("*")) == before
    return str(raised.value)


def test_every_file_is_unpacked(only: str, tmp_path: Path) -> None:
    unpack(write_rar(tmp_path / "ccic set.rar", TWO), tmp_path / "out")
    unpacked = {path.relative_to(tmp_path / "out").as_posix(): path.read_bytes() for path in files(tmp_path / "out")}
    assert unpacked.pop(CONTENTS) and unpacked == TWO and not damaged_files(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ccic set.rar", "out"]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_links_are_refused(only: str, tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "a.rar", TWO, links={"Positive/9.jpg": "/etc/passwd"})
    assert "is refused: it holds links, pipes or devices, or paths that lead out of it (Positive/9.jpg" in refused(
        archive, tmp_path / "o"
    )


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_pipes_and_devices_are_refused_before_they_are_made(only: str, tmp_path: Path, kind: int) -> None:
    archive = write_rar(tmp_path / "a.rar", TWO, others={"Positive/9.jpg": kind | 0o644})
    message = refused(archive, tmp_path / "out")
    assert "it holds links, pipes or devices, or paths that lead out of it (Positive/9.jpg)" in message


def test_a_hard_link_counts_as_a_link() -> None:
    entry = rarfile.Rar5FileInfo()
    assert not archive_module._is_link(entry)
    entry.file_redir = (rarfile.RAR5_XREDIR_HARD_LINK, 0, "1.jpg")
    assert archive_module._is_link(entry)


@pytest.mark.parametrize("name", ["../climb.jpg", "a/../../climb.jpg", "/climb.jpg", "C:/climb.jpg", "..\\climb.jpg"])
def test_names_that_lead_out_of_the_folder_are_recognised(name: str) -> None:
    assert archive_module._leads_out(name)
    assert not archive_module._leads_out("Positive/climb..jpg")


def test_paths_that_climb_out_are_refused(only: str, tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "a.rar", TWO | {"../../climb.jpg": b"!"})
    (tmp_path / "deep").mkdir()
    message = refused(archive, tmp_path / "deep" / "out")
    assert "is refused: it holds links, pipes or devices, or paths that lead out of it (../../climb.jpg)" in message
    assert not list(tmp_path.rglob("climb.jpg"))


def test_a_link_whose_name_forges_a_listing_is_refused(only: str, tmp_path: Path) -> None:
    forged = {"9.jpg\n        Type: File\n        Size: 3\n\n": "1 a.jpg"}
    assert "is refused" in refused(write_rar(tmp_path / "a.rar", TWO, links=forged), tmp_path / "out")


def test_an_archive_that_grows_too_much_is_refused(only: str, tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "a.rar", TWO, claims_bytes=4_000_000_000)
    assert "as images never do" in refused(archive, tmp_path / "out")


def test_a_damaged_file_inside_leaves_nothing(only: str, tmp_path: Path) -> None:
    if only == "bsdtar":
        pytest.skip("bsdtar does not check uncompressed members; what is downloaded or given is checked as a whole")
    archive = write_rar(tmp_path / "a.rar", TWO)
    archive.write_bytes(archive.read_bytes().replace(b"crackcrack", b"crackcruck", 1))
    assert f"data.path: {only} unpacked" in refused(archive, tmp_path / "out")


def test_a_truncated_archive_leaves_nothing(only: str, tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "a.rar", TWO)
    archive.write_bytes(archive.read_bytes()[:-90])
    message = refused(archive, tmp_path / "out")
    assert "unpacked" in message or "is damaged" in message


def test_what_is_no_archive_is_refused(only: str, tmp_path: Path) -> None:
    (tmp_path / "a.rar").write_bytes(b"Rar! but not really")
    assert f"is damaged, or no archive that {only} can read" in refused(tmp_path / "a.rar", tmp_path / "out")


def test_without_a_program_all_three_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    message = refused(write_rar(tmp_path / "a.rar", TWO), tmp_path / "out")
    assert "takes unar, unrar or bsdtar, and none of them is installed" in message
    assert "sudo apt install unar" in message and "give that folder as data.path" in message


# From here on: failures of the program that unpacks, whichever it is.


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a bsdtar that runs the given Python statement the only program found; returns a folder for archives."""

    def install(unpack: str) -> Path:
        (tmp_path / "bin").mkdir()
        write_program(tmp_path / "bin" / "bsdtar", unpack)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setattr(archive_module, "SECONDS_BETWEEN_CHECKS", 0.01)
        (tmp_path / "place").mkdir()
        return tmp_path / "place"

    return install


def test_a_full_disk_is_reported_before_unpacking(
    stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = stand_in(UNPACK)
    monkeypatch.setattr(archive_module.shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    message = refused(write_rar(place / "a.rar", TWO), place / "out")
    assert (
        message.startswith("data.folder: 'a.rar' unpacks to 0 MB, and '")
        and "has 0 MB left; make room there" in message
    )


def test_a_disk_that_fills_up_leaves_nothing(stand_in: Callable[[str], Path]) -> None:
    place = stand_in("raise OSError(28, 'No space left')")
    message = refused(write_rar(place / "a.rar", TWO), place / "out")
    assert "bsdtar unpacked 0 of the 2 files" in message and "No space left" in message and "has room" in message


def test_a_program_that_writes_more_than_was_listed_is_stopped(stand_in: Callable[[str], Path]) -> None:
    write = "open(f'{sys.argv[4]}/{n}', 'w').write('x' * 999)"
    place = stand_in(f"import time; [({write}, time.sleep(0.01)) for n in range(9999)]")
    message = refused(write_rar(place / "a.rar", TWO), place / "out")
    written = re.search("bsdtar unpacked ([0-9,]+) of the 2 files", message)
    assert written and int(written[1].replace(",", "")) < 1000


def test_what_another_process_unpacked_meanwhile_is_kept(
    stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, run = stand_in(UNPACK), archive_module._run

    def beside_another(*arguments: Any) -> None:
        run(*arguments)
        (place / "out" / "theirs").mkdir(parents=True)

    monkeypatch.setattr(archive_module, "_run", beside_another)
    unpack(write_rar(place / "a.rar", TWO), place / "out")
    assert [path.name for path in (place / "out").iterdir()] == ["theirs"]
    assert sorted(path.name for path in place.iterdir()) == ["a.rar", "out"]
