"""The folder of results: whatever a kill left is continued, and nothing that anybody wants is overwritten."""

import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crack_exp.deployed.output import PREDICTIONS, REQUEST, Output, open_output
from crack_exp.system.errors import UserError

WALLS: dict[str, Any] = {"images": ["walls"], "threshold": 0.5}
BRIDGES: dict[str, Any] = {"images": ["bridges"], "threshold": 0.5}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that does not exist yet, below the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


@contextmanager
def opened(
    place: Path | None, request: dict[str, Any] = WALLS, shard: tuple[int, int] = (1, 1), overwrite: bool = False
) -> Iterator[Output]:
    folder = None if place is None else str(place)
    with open_output(PREDICTIONS, folder, request, shard=shard, suffix="csv", overwrite=overwrite) as output:
        yield output


def finished(place: Path | None, request: dict[str, Any] = WALLS, shard: tuple[int, int] = (1, 1)) -> Output:
    with opened(place, request, shard) as output:
        output.table.write_text(f"of {request['images']}")
        output.page.write_text("page")
        output.finish()
    return output


def begun(place: Path | None, request: dict[str, Any] = WALLS, shard: tuple[int, int] = (1, 1)) -> Output:
    """As a kill leaves it in the middle."""
    with opened(place, request, shard) as output:
        output.part(0).write_text("rows")
    return output


def refusal(place: Path, request: dict[str, Any] = WALLS, **others: Any) -> str:
    with pytest.raises(UserError) as raised, opened(place, request, **others):
        pass
    said = str(raised.value)
    assert said.startswith(f"output={place}: ")
    return said.removeprefix(f"output={place}: ")


def test_a_finished_folder_holds_request_table_and_page_alone(place: Path) -> None:
    finished(place)
    assert {path.name for path in place.iterdir()} == {REQUEST, "predictions.csv", "gallery.html"}
    assert json.loads((place / REQUEST).read_text()) == WALLS


def test_a_begun_request_finds_its_parts_again(place: Path) -> None:
    begun(place)
    with opened(place) as output:
        assert [part.read_text() for part in output.parts] == ["rows"]


def test_parts_are_in_the_order_of_their_numbers(place: Path) -> None:
    with opened(place) as output:
        for number in (10, 9, 100):
            output.part(number).write_text(str(number))
        assert [part.read_text() for part in output.parts] == ["9", "10", "100"]


def test_without_a_folder_the_latest_that_was_begun_is_found_by_its_request() -> None:
    finished(None)
    first, other, second = begun(None), begun(None, BRIDGES), begun(None)
    assert first.folder == second.folder != other.folder
    assert first.folder.parent.parent == Path("outputs", "predictions")
    with opened(None, {**WALLS, "threshold": 0.6}) as new:
        assert new.folder not in (first.folder, other.folder)


def test_without_a_folder_a_finished_request_begins_a_new_one() -> None:
    assert finished(None).folder != finished(None).folder


def test_a_kill_behind_the_table_is_continued(place: Path) -> None:
    """The page was missing, and is then written."""
    with opened(place) as output:
        output.part(0).write_text("rows")
        output.table.write_text("whole")
    with opened(place) as output:
        assert len(output.parts) == 1
        output.finish()
    assert refusal(place).startswith("predictions.csv is there already; overwrite=true")


@pytest.mark.parametrize("left", ["nothing", "a half-written request", "the request alone"])
def test_a_kill_at_the_very_beginning_is_continued(place: Path, left: str) -> None:
    place.mkdir()
    if left == "a half-written request":
        (place / f".{REQUEST}.77.unfinished").write_text("{")
    if left == "the request alone":
        (place / REQUEST).write_text(json.dumps(WALLS))
    with opened(place) as output:
        assert output.unfinished.is_dir()


def test_what_a_killed_command_left_of_its_table_is_removed_at_the_end(place: Path) -> None:
    with opened(place) as output:
        (place / ".predictions.csv.77.unfinished").write_text("half")
        output.table.write_text("whole")
        output.finish()
    assert {path.name for path in place.iterdir()} == {REQUEST, "predictions.csv"}


def test_a_folder_with_other_files_is_never_touched(place: Path) -> None:
    place.mkdir()
    (place / "thesis.docx").write_text("years of work")
    for overwrite in (False, True):
        assert refusal(place, overwrite=overwrite) == "holds files of something else; name a new folder"
    assert [path.name for path in place.iterdir()] == ["thesis.docx"]


def test_a_file_is_no_folder(place: Path) -> None:
    place.write_text("")
    assert refusal(place) == "a file; name a folder"


def test_a_folder_below_a_file_is_one_sentence(place: Path) -> None:
    place.write_text("")
    assert refusal(place / "below").startswith("cannot be made (Not a directory)")


def test_a_finished_table_is_replaced_only_if_that_is_wanted(place: Path) -> None:
    finished(place)
    assert refusal(place).startswith("predictions.csv is there already; overwrite=true replaces them")
    assert (place / "predictions.csv").exists()
    with opened(place, overwrite=True) as output:
        assert not output.table.exists() and not output.page.exists() and output.parts == []


def test_results_of_another_request_are_replaced_only_if_that_is_wanted(place: Path) -> None:
    finished(place)
    assert refusal(place, BRIDGES).startswith("holds results of another request; overwrite=true")
    with opened(place, BRIDGES, overwrite=True):
        assert {path.name for path in place.iterdir()} == {REQUEST, "unfinished-1-of-1"}
    assert json.loads((place / REQUEST).read_text()) == BRIDGES


def test_parts_of_another_request_are_not_continued(place: Path) -> None:
    begun(place)
    assert refusal(place, BRIDGES).startswith("holds results of another request")
    with opened(place, BRIDGES, overwrite=True) as output:
        assert output.parts == []


def test_shards_share_a_folder(place: Path) -> None:
    finished(place, shard=(2, 3))
    finished(place, shard=(1, 3))
    tables = {path.name for path in place.glob("*.csv")}
    assert tables == {"predictions-1-of-3.csv", "predictions-2-of-3.csv"}
    assert refusal(place, shard=(2, 3)).startswith("predictions-2-of-3.csv is there already")
    with opened(place, shard=(2, 3), overwrite=True):
        assert {path.name for path in place.glob("*.csv")} == {"predictions-1-of-3.csv"}


def _hold(place: Path, ready: Any, done: Any) -> None:
    with opened(place):
        ready.set()
        done.wait(60)


@contextmanager
def written_by_another_process(place: Path) -> Iterator[None]:
    fork = multiprocessing.get_context("fork")
    ready, done = fork.Event(), fork.Event()
    other = fork.Process(target=_hold, args=(place, ready, done))
    other.start()
    try:
        assert ready.wait(60)
        yield
    finally:
        done.set()
        other.join()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_two_processes_do_not_write_the_same(place: Path) -> None:
    with written_by_another_process(place):
        assert refusal(place).startswith("another process is writing there")
        (output,) = place.glob("unfinished-*")
        refusal(place, BRIDGES, overwrite=True)
        assert output.is_dir(), "what another process needs is deleted under its hands"
    with opened(place):
        pass


def test_a_disk_that_takes_nothing_leaves_what_was_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(place)

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), opened(place):
        pass
    assert json.loads((place / REQUEST).read_text()) == WALLS
    assert [path.read_text() for path in place.glob("*/part-*")] == ["rows"]
