"""The folder that a command writes its results to: made, continued after a kill, or refused."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from crack_exp.system.errors import UserError
from crack_exp.system.files import UNFINISHED, write_text
from crack_exp.system.locks import is_locked, sole_lock

REQUEST = "request.json"
"""What was asked for. Only a folder that has it is continued, or overwritten."""

PHOTOS = "photos"


@dataclass(frozen=True)
class Kind:
    """What a command writes: a table and a page, and the folder below which it does so where none is named."""

    table: str
    page: str
    default: Path


PREDICTIONS = Kind("predictions", "gallery", Path("outputs", "predictions"))
SURVEY = Kind("survey", "survey", Path("outputs", "surveys"))


@dataclass(frozen=True)
class Output:
    """The files of one shard. unfinished: the folder of its saved parts, deleted at the end."""

    folder: Path
    table: Path
    page: Path
    unfinished: Path

    @property
    def photos(self) -> Path:
        """The folder of what belongs to single photos."""
        return self.folder / PHOTOS

    @property
    def listing(self) -> Path:
        """The images to predict."""
        return self.unfinished / "images.jsonl"

    @property
    def parts(self) -> list[Path]:
        """The saved parts, in order."""
        return sorted(self.unfinished.glob("part-*.jsonl"))

    @property
    def lock(self) -> Path:
        """Held by the process that writes here."""
        return self.unfinished / "lease"

    def part(self, number: int) -> Path:
        return self.unfinished / f"part-{number:08d}.jsonl"

    def finish(self) -> None:
        """Delete what was kept for going on, and what killed commands left of a file that they wrote."""
        for path in (self.table, self.page):
            for left in self.folder.glob(f".{path.name}.*{UNFINISHED}"):
                left.unlink(missing_ok=True)
        shutil.rmtree(self.unfinished)


@contextmanager
def open_output(
    kind: Kind, folder: str | None, request: Mapping[str, Any], *, shard: tuple[int, int], suffix: str, overwrite: bool
) -> Iterator[Output]:
    """The output of this request and shard, locked for this process; suffix: of the table's file.

    Without a `folder`, that of an unfinished request that is the same, else a new one.
    Raises UserError where the folder holds anything else, or this shard's table, unless that is to be overwritten.
    """
    place = Path(folder).expanduser() if folder else _unfinished(kind, request, shard) or _new(kind)
    output = _output(kind, place, shard, suffix)
    _check(kind, output, request, overwrite)
    # The request first: without it a killed command would not be known again.
    _make(place)
    write_text(place / REQUEST, json.dumps(request, indent=2))
    output.unfinished.mkdir(exist_ok=True)
    with sole_lock(output.lock, _writing(place)):
        yield output


def _check(kind: Kind, output: Output, request: Mapping[str, Any], overwrite: bool) -> None:
    """Raise UserError where the folder may not be written to; delete what is to be overwritten."""
    place = output.folder
    if not place.exists():
        return
    if not place.is_dir():
        raise UserError(f"output={place}: a file; name a folder")
    earlier = _request_in(place)
    if earlier is None and any(not path.name.startswith(f".{REQUEST}.") for path in place.iterdir()):
        raise UserError(f"output={place}: holds files of something else; name a new folder")
    # A command that was killed behind its table has not written its page, or not whole.
    if earlier in (None, request) and (output.unfinished.is_dir() or not output.table.exists()):
        return
    if not overwrite:
        what = f"{output.table.name} is there already" if earlier == request else "holds results of another request"
        raise UserError(f"output={place}: {what}; overwrite=true replaces them, or name another folder")
    _check_alone(place, place.glob("unfinished-*/lease"))
    _delete(kind, output, everything=earlier != request)


def _make(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"output={place}: cannot be made ({error.strerror}); name another folder") from error


def _check_alone(place: Path, locks: Iterable[Path]) -> None:
    if any(map(is_locked, locks)):
        raise UserError(_writing(place))


def _writing(place: Path) -> str:
    return f"output={place}: another process is writing there; wait for it, or choose another folder"


def _delete(kind: Kind, output: Output, *, everything: bool) -> None:
    """Delete the files of this shard; everything: of all shards, as they belong to another request."""
    patterns = [f"{kind.table}*.*", f"{kind.page}*.html", "unfinished-*", PHOTOS] if everything else []
    found = [path for pattern in patterns for path in output.folder.glob(pattern)]
    for path in {*found, output.table, output.page}:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _unfinished(kind: Kind, request: Mapping[str, Any], shard: tuple[int, int]) -> Path | None:
    """The latest default folder in which this request has begun and not ended."""
    places = sorted(path.parent for path in kind.default.glob(f"*/*/{REQUEST}"))
    begun = [place for place in places if _output(kind, place, shard, "").unfinished.is_dir()]
    return next((place for place in reversed(begun) if _request_in(place) == request), None)


def _new(kind: Kind) -> Path:
    return kind.default / datetime.now().strftime("%Y-%m-%d/%H-%M-%S-%f")


def _output(kind: Kind, place: Path, shard: tuple[int, int], suffix: str) -> Output:
    number, shards = shard
    name = "" if shards == 1 else f"-{number}-of-{shards}"
    return Output(
        folder=place,
        table=place / f"{kind.table}{name}.{suffix}",
        page=place / f"{kind.page}{name}.html",
        unfinished=place / f"unfinished-{number}-of-{shards}",
    )


def _request_in(place: Path) -> Any:
    try:
        return json.loads((place / REQUEST).read_text())
    except (OSError, ValueError):
        return None
