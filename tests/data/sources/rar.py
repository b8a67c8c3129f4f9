"""A writer of RAR 4 archives without compression, so that tests need no RAR program.

The format: blocks of a CRC, a type, flags, a size and a body, file blocks with their data.
"""

import stat
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

MARK = b"Rar!\x1a\x07\x00"
ARCHIVE_HEAD, FILE_HEAD, END = 0x73, 0x74, 0x7B
HAS_DATA, IS_FOLDER, SKIPPABLE = 0x8000, 0x00E0, 0x4000
UNIX, VERSION, STORED = 3, 20, 0x30
SOME_DAY = 0x5A210000  # 1 January 2025


def write_rar(
    path: Path,
    files: Mapping[str, bytes],
    links: Mapping[str, str] | None = None,
    claims_bytes: int | None = None,
    others: Mapping[str, int] | None = None,
) -> Path:
    """An archive of `files`, symbolic `links` and `others`, by their mode.

    claims_bytes: the size that the header of each file states.
    """
    blocks = [_member(name, content, stat.S_IFREG | 0o644, claims_bytes) for name, content in files.items()]
    blocks += [_member(name, target.encode(), stat.S_IFLNK | 0o777, None) for name, target in (links or {}).items()]
    blocks += [_member(name, b"", mode, None) for name, mode in (others or {}).items()]
    path.write_bytes(MARK + _block(ARCHIVE_HEAD, 0, bytes(6)) + b"".join(blocks) + _block(END, SKIPPABLE, b""))
    return path


def _member(name: str, content: bytes, mode: int, claims_bytes: int | None) -> bytes:
    size = len(content) if claims_bytes is None else claims_bytes
    encoded, crc = name.replace("/", "\\").encode(), zlib.crc32(content)
    sizes = struct.pack("<IIBII", len(content), size, UNIX, crc, SOME_DAY)
    kind = struct.pack("<BBHI", VERSION, STORED, len(encoded), mode)
    return _block(FILE_HEAD, HAS_DATA, sizes + kind + encoded) + content


def _block(kind: int, flags: int, body: bytes) -> bytes:
    head = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head
