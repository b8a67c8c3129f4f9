"""The folder of troubles, walked by all that reads images: the same outcome, in the same words."""

import csv
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import HTTPException

from crack_exp.data.decoding import UnreadableImage, decode, decode_resized
from crack_exp.data.examples import Example
from crack_exp.data.file_check import check_files
from crack_exp.data.image_io import read_image, read_resized
from crack_exp.data.sources.own_images import table
from crack_exp.deployed.reading import read_content, read_one
from crack_exp.deployed.sources import find_images
from crack_exp.serve.app import read_all
from crack_exp.system.quiet_pillow import quiet_pillow
from tests.deployed_models import brightness_network, card_of
from tests.zoo import Case, Table, cases, make_zoo, tables

SIDE_PX = 16
CARD = card_of(brightness_network(), image_size_px=SIDE_PX)
CASES, TABLES = cases(), tables()


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    make_zoo(folder)
    return folder


@pytest.fixture(autouse=True)
def as_in_a_command(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pillow is quiet, and HEIC's package is not installed."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with quiet_pillow():
        yield


def reason(read: Callable[[], object]) -> str:
    """Why it cannot be read, "" if it can."""
    try:
        read()
    except UnreadableImage as error:
        return str(error)
    return ""


def of_the_server(content: bytes) -> str:
    try:
        read_all([content], CARD, max_megapixels=100)
    except HTTPException as error:
        assert error.status_code == 422
        return str(error.detail).removeprefix("image 0: ")
    return ""


def test_there_is_a_case_of_every_kind() -> None:
    assert len({case.name for case in CASES}) == len(CASES) > 150 and len(TABLES) > 25
    assert {"orientation_7.webp", "mode_CMYK_adobe.jpg", "postscript.jpg", "special/pipe.png"} < {
        one.name for one in CASES
    }


def test_training_predictions_surveys_servers_and_logged_models_say_the_same_of_every_file(zoo: Path) -> None:
    audited = check_files([zoo / "images" / case.name for case in CASES], None)
    for case, facts in zip(CASES, audited, strict=True):
        path = zoo / "images" / case.name
        assert facts.problem.startswith(case.problem) and bool(facts.problem) == bool(case.problem), (case.name, facts)
        assert facts.note == case.note, case.name
        assert "\n" not in facts.problem and len(facts.problem) < 250
        said = {read_one(path, case.name, CARD).problem, reason(lambda: decode(read_content(path), None))}  # noqa: B023
        if path.is_file():
            content = path.read_bytes()
            said |= {of_the_server(content), reason(lambda: decode_resized(content, SIDE_PX))}  # noqa: B023
        assert said == {facts.problem}, case.name


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.problem and case.corners], ids=lambda case: case.name
)
def test_every_image_is_seen_upright_and_in_its_colours(zoo: Path, case: Case) -> None:
    pixels = np.asarray(decode(read_content(zoo / "images" / case.name), None).rgb).astype(int)
    corners = [pixels[y, x] for y in (0, -1) for x in (0, -1)]
    assert np.abs(np.array(corners) - np.array(case.corners)).max() <= case.tolerance, corners


def test_values_of_12_bits_are_seen_as_those_of_8_where_4095_is_white(zoo: Path) -> None:
    deep, shallow = (zoo / "images" / name for name in ("12_bits_in_16.tif", "mode_L.png"))
    (facts,) = check_files([deep], None, white_level=4095)
    assert facts.note == "16-bit"
    expected = read_image(shallow).astype(int)
    assert np.abs(read_image(deep, white_level=4095) - expected).max() <= 1
    assert np.abs(read_resized(deep, 8, white_level=4095) - read_resized(shallow, 8).astype(int)).max() <= 1


def test_a_search_finds_what_is_named_like_an_image_and_tells_the_rest(
    zoo: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crack_exp")
    found = {os.path.relpath(path, zoo / "images") for path in find_images([str(zoo / "images")], "images")}
    assert found == {case.name for case in CASES if case.listed}
    systems, others = caplog.messages
    assert "1 '@eaDir'" in systems and "1 '*:Zone.Identifier'" in systems
    assert "1 '.txt'" in others


@pytest.mark.parametrize("case", TABLES, ids=lambda case: case.name)
def test_a_table_is_read_or_refused_in_one_sentence(zoo: Path, case: Table) -> None:
    def read() -> list[Example]:
        columns = {"path_column": "path", "label_column": "label", "group_column": None, "split_column": None}
        return table(path=str(zoo / "tables" / case.name), image_root=None, group_pattern=None, **columns)  # type: ignore[arg-type]

    if not case.problem:
        assert [(one.name, one.label) for one in read()] == [("a.jpg", "cracked"), ("b.jpg", "intact")]
        return
    with pytest.raises(ValueError) as raised:
        read()
    assert case.problem in str(raised.value) and "\n" not in str(raised.value)


def test_the_script_makes_it_with_the_expected_outcome_beside_each(tmp_path: Path) -> None:
    script = Path(__file__).with_name("zoo.py")
    subprocess.run([sys.executable, str(script), str(tmp_path / "made")], check=True, timeout=60)
    with (tmp_path / "made" / "expected.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(CASES) + len(TABLES)
    assert {row["name"]: row["problem"] for row in rows}["images/empty.jpg"] == "empty file"
