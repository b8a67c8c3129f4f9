"""Reads and decodes image files completely; each content is decoded once per machine."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from crack_exp.data.audit_cache import AuditCache
from crack_exp.data.decoding import MAX_MEGAPIXELS, WHITE_LEVEL, UnreadableImage, decode
from crack_exp.data.image_io import why_no_file
from crack_exp.system.files import file_sha256
from crack_exp.system.prefetch import map_in_batches
from crack_exp.system.progress import track

BATCH_SIZE = 64


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Properties of a file. sha256: of its bytes, "" if they cannot be read.

    width_px, height_px: of the upright image, 0 if not decoded; mode: Pillow's name of the stored pixel format.
    problem: why the file cannot be used, "" if it can; note: how reading changes the image.
    """

    sha256: str = ""
    width_px: int = 0
    height_px: int = 0
    mode: str = ""
    problem: str = ""
    note: str = ""


def check_files(
    paths: Sequence[Path],
    cache: Path | None,
    max_megapixels: float = MAX_MEGAPIXELS,
    white_level: int = WHITE_LEVEL,
) -> list[FileFacts]:
    """The properties of each file, in the order of `paths`.

    cache: folder of the audit cache, which holds the results for valid images; None for no cache.
    max_megapixels, white_level: see `decode`; the limit of an earlier check may have been another one.
    """
    # Pillow and hashlib release the interpreter lock. In batches: a job that waits in a pool takes 2 KB.
    with AuditCache(cache, white_level) as cached:
        fingerprints = chain.from_iterable(map_in_batches(_fingerprint, paths, BATCH_SIZE))
        read = list(track(fingerprints, "reading files", len(paths)))
        places = {seen.sha256: number for number, seen in enumerate(read) if seen.sha256}
        known = {
            sha256: FileFacts(sha256, *row[:2], mode=sys.intern(row[2]), note=sys.intern(row[3]))
            for sha256, row in cached.rows(places)
            if row[0] * row[1] <= max_megapixels * 1e6
        }
        new = {sha256: number for sha256, number in places.items() if sha256 not in known}
        decoded = map_in_batches(
            lambda sha256: _decoded(sha256, paths[new[sha256]], max_megapixels, white_level), new, BATCH_SIZE
        )
        for sha256, seen in zip(new, track(chain.from_iterable(decoded), "audit", len(new)), strict=True):
            known[sha256] = seen
            if not seen.problem:  # a problem may be temporary: no memory, a file still being copied
                cached.add(sha256, (seen.width_px, seen.height_px, seen.mode, seen.note))
    return [known.get(seen.sha256, seen) for seen in read]


def _fingerprint(path: Path) -> FileFacts:
    try:
        if problem := why_no_file(path):
            return FileFacts(problem=problem)
        return FileFacts(file_sha256(path))
    except OSError as error:
        return FileFacts(problem=f"unreadable ({error.strerror})")


def _decoded(sha256: str, path: Path, max_megapixels: float, white_level: int) -> FileFacts:
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            return FileFacts(sha256, problem="it changed while it was read")
        image = decode(content, at_least_px=None, max_megapixels=max_megapixels, white_level=white_level)
    except OSError as error:
        return FileFacts(sha256, problem=f"unreadable ({error.strerror})")
    except UnreadableImage as error:
        return FileFacts(sha256, problem=str(error))
    return FileFacts(sha256, *image.rgb.size, image.mode, note=", ".join(image.notes))
