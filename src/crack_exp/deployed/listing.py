"""The list of images to predict, in a file: it takes no memory, and a continued prediction has the same one."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from crack_exp.deployed.rows import begin_anew
from crack_exp.deployed.sources import find_images, in_shard
from crack_exp.system.checksums import checked_file, checked_lines
from crack_exp.system.own_files import reading_own_file


@dataclass(frozen=True)
class Listing:
    """A file with a JSON string a line, and its sha256."""

    file: Path
    sha256: str

    def keep(self, path: Path) -> None:
        """Copy it to `path`, unless an earlier one is there."""
        if not path.exists():
            with self.file.open("rb") as source, checked_file(path) as copy:
                shutil.copyfileobj(source, copy)


@contextmanager
def list_images(named: Sequence[str], setting: str, shard: tuple[int, int]) -> Iterator[Listing]:
    """The images of this shard. Raises UserError, naming `setting`, where `named` has none at all."""
    digest = hashlib.sha256()
    with TemporaryDirectory() as folder:
        path = Path(folder, "images.jsonl")
        with path.open("wb") as file:
            for image in find_images(named, setting):
                if in_shard(image, *shard):
                    # As JSON a name may hold line breaks, and bytes that are no UTF-8.
                    line = json.dumps(image).encode() + b"\n"
                    digest.update(line)
                    file.write(line)
        yield Listing(path, digest.hexdigest())


def read_listing(path: Path) -> Iterator[str]:
    """The names in a list that was kept. Raises UserError where it is damaged."""
    with reading_own_file(path, begin_anew(path.parent)):
        yield from map(json.loads, checked_lines(path))


def count_listed(path: Path) -> int:
    """How many names there are. Raises UserError where the list is damaged."""
    with reading_own_file(path, begin_anew(path.parent)):
        return sum(1 for _ in checked_lines(path))
