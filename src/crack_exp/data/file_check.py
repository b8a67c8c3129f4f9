"""What there is to see in image files, each read and decoded completely, and each content once in its life."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from crack_exp.data.audit_cache import AuditCache
from crack_exp.data.image_io import decode
from crack_exp.system.cores import cores
from crack_exp.system.errors import UserError
from crack_exp.system.progress import track


@dataclass(frozen=True)
class FileFacts:
    """What is in a file. sha256: of its bytes, "" where they cannot be read.

    width_px, height_px: upright, 0 where not decoded; mode: Pillow's name of the pixels as stored.
    problem: why the file cannot be used, "" where it can; note: what reading changed in it.
    """

    sha256: str = ""
    width_px: int = 0
    height_px: int = 0
    mode: str = ""
    problem: str = ""
    note: str = ""


def check_files(paths: Sequence[Path], cache: Path | None) -> list[FileFacts]:
    """What is in each file, in their order.

    cache: a folder in which sound contents that were decoded once are remembered; None remembers nothing.
    """
    # Pillow and hashlib release Python's lock.
    with ThreadPoolExecutor(cores()) as threads, AuditCache(cache) as seen_before:
        read = list(track(threads.map(_fingerprint, paths), "reading files", len(paths)))
        places = {seen.sha256: path for seen, path in zip(read, paths, strict=True) if seen.sha256}
        known = {sha256: FileFacts(sha256, *row[:3], note=row[3]) for sha256, row in seen_before.rows(places)}
        new = {sha256: path for sha256, path in places.items() if sha256 not in known}
        for sha256, seen in zip(new, track(threads.map(_decoded, new, new.values()), "audit", len(new)), strict=True):
            known[sha256] = seen
            if not seen.problem:  # a problem may be of the moment: no memory, a file still being copied
                seen_before.add(sha256, (seen.width_px, seen.height_px, seen.mode, seen.note))
    return [known.get(seen.sha256, seen) for seen in read]


def _fingerprint(path: Path) -> FileFacts:
    try:
        if not path.is_file():  # a pipe would be waited for, for ever
            return FileFacts(problem="no file" if path.exists() else "a link to nothing")
        with path.open("rb") as file:
            return FileFacts(hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        return FileFacts(problem=f"unreadable ({error.strerror})")


def _decoded(sha256: str, path: Path) -> FileFacts:
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            return FileFacts(sha256, problem="it changed while it was read")
        image = decode(content, at_least_px=None)
    except OSError as error:
        return FileFacts(sha256, problem=f"unreadable ({error.strerror})")
    except UserError as error:
        return FileFacts(sha256, problem=str(error))
    return FileFacts(sha256, *image.rgb.size, image.mode, note=", ".join(image.notes))
