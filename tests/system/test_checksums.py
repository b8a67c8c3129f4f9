"""What was kept is read as it was written, or not at all."""

from pathlib import Path

import pytest

from crack_exp.system.checksums import (
    CHUNK_BYTES,
    CONTENTS,
    checked_file,
    checked_lines,
    damaged_files,
    is_undamaged,
    read_checked,
    write_contents,
)


def write(path: Path, *parts: bytes) -> bytes:
    with checked_file(path) as file:
        for part in parts:
            file.write(part)
    return path.read_bytes()


@pytest.mark.parametrize("parts", [[], [b"one"], [b"one", b"", b"two"]])
def test_a_file_is_read_as_it_was_written(tmp_path: Path, parts: list[bytes]) -> None:
    write(tmp_path / "kept", *parts)
    assert read_checked(tmp_path / "kept") == b"".join(parts) and is_undamaged(tmp_path / "kept")


def test_every_bit_counts(tmp_path: Path) -> None:
    whole = write(path := tmp_path / "kept", b"crack 1.5 mm")
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert read_checked(path) is None and not is_undamaged(path), position


def test_a_file_that_was_cut_or_grew_or_has_no_checksum_is_damaged(tmp_path: Path) -> None:
    whole = write(path := tmp_path / "kept", b"crack")
    for other in (b"", b"crack", whole[:-1], whole[1:], whole + b"\n", whole * 2):
        path.write_bytes(other)
        assert read_checked(path) is None and not is_undamaged(path), other


@pytest.mark.parametrize("lines", [[], [b"one\n"], [b"one\n", b"sha256 two\n"]])
def test_lines_are_read_one_at_a_time(tmp_path: Path, lines: list[bytes]) -> None:
    whole = write(path := tmp_path / "kept", *lines)
    assert list(checked_lines(path)) == lines
    path.write_bytes(b"1" + whole[1:])
    with pytest.raises(ValueError, match="not as it was written"):
        list(checked_lines(path))


def test_a_large_file_is_checked_to_its_end(tmp_path: Path) -> None:
    whole = bytearray(write(path := tmp_path / "kept", bytes(CHUNK_BYTES), bytes(CHUNK_BYTES // 2)))
    assert is_undamaged(path)
    whole[CHUNK_BYTES + CHUNK_BYTES // 3] ^= 1
    path.write_bytes(whole)
    assert not is_undamaged(path)


def test_a_missing_file_raises(tmp_path: Path) -> None:
    for read in (read_checked, is_undamaged):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none")


def test_files_of_a_folder_that_changed_or_are_gone_are_named(tmp_path: Path) -> None:
    (tmp_path / "crack").mkdir()
    names = [f"crack/{number}.jpg" for number in range(3)]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    assert damaged_files(tmp_path) == [CONTENTS]
    write_contents(tmp_path, names)
    (tmp_path / "crack" / "of someone else.jpg").touch()
    assert damaged_files(tmp_path) == []
    (tmp_path / names[0]).write_bytes(b"another")
    (tmp_path / names[2]).unlink()
    assert damaged_files(tmp_path) == [names[0], names[2]]
    with (tmp_path / CONTENTS).open("r+b") as contents:
        contents.write(b" ")
    assert damaged_files(tmp_path) == [CONTENTS]
