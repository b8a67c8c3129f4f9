"""Files that end with a checksum: what was kept is read only if its bytes are still those that were written."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, takewhile
from pathlib import Path
from typing import IO, Any, Protocol

from crack_exp.system.files import atomic_file, file_sha256
from crack_exp.system.permissions import follow_folder
from crack_exp.system.prefetch import map_in_batches

CHUNK_BYTES = 1 << 20
BATCH_SIZE = 64  # files in a batch of jobs
CONTENTS = ".contents"
"""The file in a folder that says which files belong to it."""


class Writable(Protocol):
    def write(self, data: bytes, /) -> int: ...


@contextmanager
def checked_file(path: Path, *, durable: bool = True) -> Iterator[Writable]:
    """Like `atomic_file`, with the checksum of all that was written at its end, and its folder's permissions."""
    with atomic_file(path, durable=durable) as file:
        follow_folder(Path(file.name))
        content = _Hashed(file)
        yield content
        file.write(_line(content.digest.hexdigest()))


def read_checked(path: Path) -> bytes | None:
    """The content of a `checked_file`, None if it is damaged. Raises OSError if it cannot be read."""
    whole = path.read_bytes()
    content, line = whole[:-LINE_BYTES], whole[-LINE_BYTES:]
    return content if line == _line(hashlib.sha256(content).hexdigest()) else None


def is_undamaged(path: Path) -> bool:
    """Whether it is a `checked_file` as it was written; of any size. Raises OSError if it cannot be read."""
    digest, left = hashlib.sha256(), path.stat().st_size - LINE_BYTES
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            digest.update(chunk)
            left -= len(chunk)
        return file.read() == _line(digest.hexdigest())


def checked_lines(path: Path) -> Iterator[bytes]:
    """The lines of a `checked_file` of any size in which none is empty. Raises ValueError if it is damaged."""
    if not is_undamaged(path):
        raise ValueError("not as it was written")
    with path.open("rb") as file:
        yield from takewhile(bytes.strip, file)  # an empty line stands before the checksum


def write_contents(folder: Path, names: Sequence[str]) -> None:
    """Keep the sha256 of these files below `folder` in its file CONTENTS."""
    with checked_file(folder / CONTENTS) as file:
        file.write(json.dumps(_contents(folder, [name for name in names if name != CONTENTS])).encode())


def damaged_files(folder: Path) -> list[str]:
    """The names of files that are gone or changed since `write_contents`; CONTENTS itself where that is so of it."""
    try:
        kept = read_checked(folder / CONTENTS)
    except OSError:
        kept = None
    if kept is None:
        return [CONTENTS]
    expected: dict[str, Any] = json.loads(kept)
    found = _contents(folder, list(expected))
    return [name for name, sha256 in expected.items() if found[name] != sha256]


def _contents(folder: Path, names: Sequence[str]) -> dict[str, str | None]:
    found = map_in_batches(lambda name: _sha256(folder / name), names, BATCH_SIZE)
    return dict(zip(names, chain.from_iterable(found), strict=True))


def _sha256(path: Path) -> str | None:
    try:
        return file_sha256(path)
    except OSError:
        return None


def _line(sha256: str) -> bytes:
    return f"\nsha256 {sha256}\n".encode()


LINE_BYTES = len(_line("0" * 64))


class _Hashed:
    """A file to write to, from its beginning to its end, and the hash of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        return self.file.write(data)
