"""Archives are looked through before anything is unpacked, and unpacked whole or not at all."""

import io
import re
import shutil
import sys
import tarfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crack_exp.data.sources import archive as archive_module
from crack_exp.data.sources.archive import unpack
from crack_exp.data.sources.archive_tools import TOOLS, Entry
from tests.data.sources.rar import write_rar

TWO = {"Positive/1 a.jpg": b"crack" * 20, "Negative/2.jpg": b"intact" * 20}
INSTALLED = {tool.program for tool in TOOLS if shutil.which(tool.program)}

# What bsdtar does, by Python alone and for tar archives: so that all but RAR itself is tested on every machine.
BSDTAR = """
    import sys, tarfile
    if sys.argv[1] == "-tvf":
        with tarfile.open(sys.argv[2]) as archive:
            for one in archive:
                kind = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l"}.get(one.type, "-")
                print(f"{kind}rw-r--r--  0 0      0  {one.size} Jan  1  2025 {one.name}")
    else:
        UNPACK
"""
UNPACK = "tarfile.open(sys.argv[2]).extractall(sys.argv[4], filter='fully_trusted')"


@pytest.fixture(params=[tool.program for tool in TOOLS])
def only(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The one unpacker that is found."""
    program: str = request.param
    if program not in INSTALLED:
        pytest.skip(f"{program} is not installed here")
    found = shutil.which
    monkeypatch.setattr(archive_module.shutil, "which", lambda name: found(name) if name in (program, "lsar") else None)
    yield program


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
    assert {path.relative_to(tmp_path / "out").as_posix(): path.read_bytes() for path in files(tmp_path / "out")} == TWO
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ccic set.rar", "out"]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_links_are_refused(only: str, tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "a.rar", TWO, links={"Positive/9.jpg": "/etc/passwd"})
    assert "is refused: it holds links, or paths that lead out of it (Positive/9.jpg" in refused(
        archive, tmp_path / "o"
    )


@pytest.mark.parametrize("name", ["../climb.jpg", "a/../../climb.jpg", "/climb.jpg", "C:/climb.jpg", "..\\climb.jpg"])
def test_a_name_that_leads_out_is_told_from_one_that_does_not(name: str) -> None:
    assert archive_module._leads_out(name)
    assert not archive_module._leads_out("Positive/climb..jpg")


def test_paths_that_climb_out_are_refused(only: str, tmp_path: Path) -> None:
    archive = write_rar(tmp_path / "a.rar", TWO | {"../../climb.jpg": b"!"})
    (tmp_path / "deep").mkdir()
    said = refused(archive, tmp_path / "deep" / "out")
    assert "is refused: it holds links, or paths that lead out of it (../../climb.jpg)" in said
    assert not list(tmp_path.rglob("climb.jpg"))


def test_a_name_that_forges_the_listing_is_found_in_the_result(only: str, tmp_path: Path) -> None:
    forged = {"9.jpg\n        Type: File\n        Size: 3\n\n": "1 a.jpg"}
    said = refused(write_rar(tmp_path / "a.rar", TWO, links=forged), tmp_path / "out")
    assert "is refused" in said or "unpacked" in said


def test_a_bomb_is_refused(only: str, tmp_path: Path) -> None:
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
    said = refused(archive, tmp_path / "out")
    assert "unpacked" in said or "is damaged" in said


def test_what_is_no_archive_is_refused(only: str, tmp_path: Path) -> None:
    (tmp_path / "a.rar").write_bytes(b"Rar! but not really")
    assert f"is damaged, or no archive that {only} can read" in refused(tmp_path / "a.rar", tmp_path / "out")


def test_without_a_program_all_three_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = refused(write_rar(tmp_path / "a.rar", TWO), tmp_path / "out")
    assert "takes unar, unrar or bsdtar, and none of them is installed" in said
    assert "sudo apt install unar" in said and "give that folder as data.path" in said


@pytest.mark.parametrize(
    ("program", "listing", "entries"),
    [
        (
            "bsdtar",
            """
            drwxr-xr-x  0 0      0           0 Nov 30  2024 Positive
            -rw-r--r--  0 0      0           3 Nov 23 05:11 Positive/0 1.jpg
            lrwxrwxrwx  0 0      0           0 Nov 30  2024 l.jpg -> /etc/passwd
            -rw-r--r--  0 0      0           0 Nov 23 05:11 2.jpg link to 1.jpg
            """,
            [("Positive", 0, "folder"), ("Positive/0 1.jpg", 3, "file")],
        ),
        (
            "unrar",
            """
            UNRAR 6.21 freeware      Copyright (c) 1993-2023 Alexander Roshal

                    Name: Positive
                    Type: Directory
                   mtime: 2024-11-30 00:00:00,000000000

                    Name: Positive/0 1.jpg
                    Type: File
                    Size: 3
             Packed size: 3

                    Name: l.jpg
                    Type: Unix symbolic link
                  Target: /etc/passwd
                    Size: 11

                    Name: 2.jpg
                    Type: Hard link
                    Size: 3
            """,
            [("Positive", 0, "folder"), ("Positive/0 1.jpg", 3, "file")],
        ),
        (
            "unar",
            """
            {"lsarContents": [
             {"XADFileName": "Positive", "XADFileSize": 0, "XADIsDirectory": 1},
             {"XADFileName": "Positive/0 1.jpg", "XADFileSize": 3},
             {"XADFileName": "l.jpg", "XADFileSize": 11, "XADIsLink": 1, "XADLinkDestination": "/etc/passwd"},
             {"XADFileName": "2.jpg", "XADFileSize": 3, "XADLinkDestination": "1.jpg"}]}
            """,
            [("Positive", 0, "folder"), ("Positive/0 1.jpg", 3, "file")],
        ),
    ],
)
def test_listings_are_read(program: str, listing: str, entries: list[tuple[str, int, str]]) -> None:
    (tool,) = [tool for tool in TOOLS if tool.program == program]
    read = tool.read_listing(textwrap.dedent(listing))
    assert read[:2] == [Entry(*entry) for entry in entries]
    assert [entry.kind for entry in read[2:]] == ["other", "other"]


# The rest is about what is done with a program, whichever it is.


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes a bsdtar that reads tar the only program found, and a folder for archives."""

    def install(unpack: str) -> Path:
        program = tmp_path / "bin" / "bsdtar"
        program.parent.mkdir()
        program.write_text(f"#!{sys.executable}\n{textwrap.dedent(BSDTAR).strip().replace('UNPACK', unpack)}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent))
        monkeypatch.setattr(archive_module, "SECONDS_BETWEEN_LOOKS", 0.01)
        (tmp_path / "place").mkdir()
        return tmp_path / "place"

    return install


def tar(path: Path, contents: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_every_file_is_unpacked_by_the_stand_in(stand_in: Callable[[str], Path]) -> None:
    place = stand_in(UNPACK)
    unpack(tar(place / "a.tar", TWO), place / "out")
    assert {path.relative_to(place / "out").as_posix(): path.read_bytes() for path in files(place / "out")} == TWO


def test_a_full_disk_is_told_before(stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    place = stand_in(UNPACK)
    monkeypatch.setattr(archive_module.shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    said = refused(tar(place / "a.tar", TWO), place / "out")
    assert said.startswith("data.folder: 'a.tar' unpacks to 0 MB, and '") and "has 0 MB left; make room there" in said


def test_a_disk_that_fills_up_leaves_nothing(stand_in: Callable[[str], Path]) -> None:
    place = stand_in("raise OSError(28, 'No space left')")
    said = refused(tar(place / "a.tar", TWO), place / "out")
    assert "bsdtar unpacked 0 of the 2 files" in said and "No space left" in said and "has room" in said


def test_a_program_that_writes_more_than_was_listed_is_stopped(stand_in: Callable[[str], Path]) -> None:
    write = "open(f'{sys.argv[4]}/{n}', 'w').write('x' * 999)"
    place = stand_in(f"import time; [({write}, time.sleep(0.01)) for n in range(9999)]")
    said = refused(tar(place / "a.tar", TWO), place / "out")
    written = re.search("bsdtar unpacked ([0-9,]+) of the 2 files", said)
    assert written and int(written[1].replace(",", "")) < 1000


def test_what_another_process_unpacked_meanwhile_is_kept(
    stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, run = stand_in(UNPACK), archive_module._run

    def beside_another(*arguments: Any) -> None:
        run(*arguments)
        (place / "out" / "theirs").mkdir(parents=True)

    monkeypatch.setattr(archive_module, "_run", beside_another)
    unpack(tar(place / "a.tar", TWO), place / "out")
    assert [path.name for path in (place / "out").iterdir()] == ["theirs"]
    assert sorted(path.name for path in place.iterdir()) == ["a.tar", "out"]
