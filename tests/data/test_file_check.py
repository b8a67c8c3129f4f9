"""Every content is decoded once: a second check of the same bytes uses the audit cache."""

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.data import audit_cache, file_check
from crack_exp.data.decoding import UnreadableImage
from crack_exp.data.file_check import FileFacts, check_files
from tests.data.test_audit import paint


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The contents that were decoded, in order."""
    contents, decode = list[bytes](), file_check.decode

    def counting(content: bytes, **limits: Any) -> Any:
        contents.append(content)
        return decode(content, **limits)

    monkeypatch.setattr(file_check, "decode", counting)
    return contents


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "broken.png").write_bytes(paint(tmp_path / "whole.png", 9).read_bytes()[:40])
    return [
        *(paint(tmp_path / f"{grey}.png", grey) for grey in range(3)),
        tmp_path / "broken.png",
        tmp_path / "gone.png",
    ]


def test_a_second_check_gives_the_same_and_decodes_only_problem_files(
    tmp_path: Path, files: list[Path], decoded: list[bytes]
) -> None:
    first = check_files(files, tmp_path / "cache")
    assert (
        [seen.problem for seen in first[:3]] == ["", "", ""] and first[3].problem and first[4].problem == "no such file"
    )
    assert (first[0].width_px, first[0].height_px, first[0].mode) == (6, 4, "RGB")
    assert len(decoded) == 4
    assert check_files(files, tmp_path / "cache") == first
    assert decoded[4:] == [files[3].read_bytes()]


def test_the_cache_depends_on_contents_not_on_names_or_dates(
    tmp_path: Path, files: list[Path], decoded: list[bytes]
) -> None:
    check_files(files[:1], tmp_path / "cache")
    shutil.copy(files[0], tmp_path / "copy.png")
    moment = os.stat(files[1])
    files[0].write_bytes(files[1].read_bytes())
    os.utime(files[0], ns=(moment.st_atime_ns, moment.st_mtime_ns))
    copy, changed = check_files([tmp_path / "copy.png", files[0]], tmp_path / "cache")
    assert len(decoded) == 2 and copy.sha256 != changed.sha256


def test_copies_are_decoded_once(tmp_path: Path, files: list[Path], decoded: list[bytes]) -> None:
    shutil.copy(files[0], tmp_path / "copy.png")
    one, other = check_files([files[0], tmp_path / "copy.png"], None)
    assert one == other and len(decoded) == 1


def test_another_reader_version_decodes_again(
    tmp_path: Path, files: list[Path], decoded: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    check_files(files[:3], tmp_path / "cache")
    monkeypatch.setattr(audit_cache, "READER", "2, Pillow 99")
    check_files(files[:3], tmp_path / "cache")
    assert len(decoded) == 6


def test_notes_for_another_white_level_are_not_taken_from_the_cache(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 6), 4095, np.uint16)).save(tmp_path / "deep.png")
    for level, note in (
        (65_535, "16-bit, darker"),
        (4095, "16-bit"),
        (1023, "16-bit, values above"),
        (65_535, "16-bit, d"),
    ):
        (seen,) = check_files([tmp_path / "deep.png"], tmp_path / "cache", white_level=level)
        assert seen.note.startswith(note) and seen == check_files([tmp_path / "deep.png"], None, white_level=level)[0]


def test_a_temporary_failure_is_not_cached(tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(content: bytes, **limits: Any) -> Any:
        raise UnreadableImage("unreadable ()")

    with monkeypatch.context() as patch:
        patch.setattr(file_check, "decode", failing)
        assert check_files(files[:1], tmp_path / "cache")[0].problem == "unreadable ()"
    assert check_files(files[:1], tmp_path / "cache")[0].problem == ""


@pytest.mark.parametrize("then", ["shorter", "gone"])
def test_a_file_that_changes_while_it_is_read_is_a_temporary_problem(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    content, rows = files[0].read_bytes(), audit_cache.AuditCache.rows

    def meanwhile(self: audit_cache.AuditCache, contents: Any) -> Any:
        files[0].write_bytes(content[:20]) if then == "shorter" else files[0].unlink()
        return rows(self, contents)

    with monkeypatch.context() as patch:
        patch.setattr(audit_cache.AuditCache, "rows", meanwhile)
        (seen,) = check_files(files[:1], tmp_path / "cache")
    message = "it changed while it was read" if then == "shorter" else "unreadable (No such file or directory)"
    assert seen.problem == message
    files[0].write_bytes(content)
    assert check_files(files[:1], tmp_path / "cache")[0].problem == ""


def test_without_a_cache_nothing_is_written(tmp_path: Path, files: list[Path]) -> None:
    before = sorted(tmp_path.rglob("*"))
    check_files(files, None)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_damaged_cache_is_made_anew(
    tmp_path: Path, files: list[Path], decoded: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "audit.sqlite").write_bytes(b"no database" * 100)
    (tmp_path / "cache" / "audit.sqlite-journal").write_bytes(b"of the damaged one" * 100)
    first = check_files(files, tmp_path / "cache")
    assert first == check_files(files, None)
    assert caplog.messages == [f"audit: '{tmp_path}/cache/audit.sqlite' is damaged, and made anew"]
    decoded.clear()
    assert check_files(files, tmp_path / "cache") == first and len(decoded) < len(files)


@pytest.mark.parametrize("column", ["sha256", "width_px", "height_px", "mode", "note", "checksum"])
def test_a_row_that_changed_is_not_believed(
    tmp_path: Path, files: list[Path], decoded: list[bytes], column: str
) -> None:
    known = check_files(files[:2], tmp_path / "cache")
    with sqlite3.connect(tmp_path / "cache" / "audit.sqlite") as database:
        database.execute(f"UPDATE checked SET {column} = ? WHERE rowid = 1", (known[1].sha256[::-1],))
    database.close()
    decoded.clear()
    assert check_files(files[:2], tmp_path / "cache") == known and len(decoded) == 1


def test_whatever_byte_of_the_cache_changes_the_results_stay(tmp_path: Path, files: list[Path]) -> None:
    known = check_files(files, tmp_path / "cache")
    whole = (kept := tmp_path / "cache" / "audit.sqlite").read_bytes()
    for position in np.random.default_rng(0).integers(0, len(whole), 100):
        kept.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        assert check_files(files, tmp_path / "cache") == known, position


def test_a_folder_that_cannot_be_created_gives_a_warning_only(
    tmp_path: Path, files: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    assert check_files(files, tmp_path / "file" / "cache") == check_files(files, None)
    assert len(caplog.messages) == 1


def test_results_before_an_interruption_are_cached(
    tmp_path: Path, files: list[Path], decoded: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    add = audit_cache.AuditCache.add

    def breaking(self: audit_cache.AuditCache, sha256: str, row: audit_cache.Row) -> None:
        add(self, sha256, row)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(audit_cache.AuditCache, "add", breaking)
        check_files(files[:1], tmp_path / "cache")
    check_files(files[:1], tmp_path / "cache")
    assert len(decoded) == 1


def test_the_oldest_rows_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_cache, "MAX_ROWS", 3)
    check_files([paint(tmp_path / f"{grey}.png", grey) for grey in range(5)], tmp_path / "cache")
    with sqlite3.connect(tmp_path / "cache" / "audit.sqlite") as database:
        assert database.execute("SELECT count(*) FROM checked").fetchone() == (3,)
    database.close()


def test_a_row_is_found_among_many(tmp_path: Path, decoded: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_cache, "BATCH_SIZE", 2)
    paths = [paint(tmp_path / f"{grey}.png", grey) for grey in range(5)]
    first = check_files(paths, tmp_path / "cache")
    assert check_files(paths[::-1], tmp_path / "cache") == first[::-1] and len(decoded) == 5
    assert isinstance(first[0], FileFacts)
