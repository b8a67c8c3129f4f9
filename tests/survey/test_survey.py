"""Surveys of whole photos: a map, figures and files for each, and the batch goes on whatever a photo is."""

import csv
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from crack_exp.report.survey.content import SurveyedPhoto
from crack_exp.survey import survey
from crack_exp.system.errors import UserError
from tests.commands import crack_exp, forked_python
from tests.deployed_models import grey_images

Surveyed = Callable[..., list[SurveyedPhoto]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def surveyed(deployed_file: Path) -> Surveyed:
    """`survey([...])` with the model that measures brightness in tiles of 64 px; written to results/."""

    def call(*overrides: str, output: str = "results") -> list[SurveyedPhoto]:
        return survey([f"model={deployed_file}", f"output={output}", "engine=keras", *overrides])

    return call


def write_photo(path: Path, *white: tuple[int, int, int, int], size: tuple[int, int] = (256, 192)) -> None:
    """A black photo with white boxes (left, top, right, bottom); without loss, whatever the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    photo = Image.new("RGB", size)
    for box in white:
        photo.paste((255, 255, 255), box)
    photo.save(path, quality=100)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_photo_has_the_figures_of_its_tiles(surveyed: Surveyed) -> None:
    """Tiles of 64 px every 32 px: 7 x 5. A white box of exactly one tile makes this one, and none beside it, sure."""
    write_photo(Path("walls/wall.png"), (64, 64, 128, 128))
    (photo,) = surveyed("photos=walls", "threshold=0.9", "mm_per_px=0.5")
    assert (photo.tiles, photo.cracked_tiles, photo.runs, photo.tile_px) == (35, 1, 1, 64)
    assert (photo.width_px, photo.height_px) == (256, 192)
    assert photo.cracked_share == pytest.approx(64 * 64 / (256 * 192))
    assert (photo.longest_run_px, photo.longest_run_mm) == (64.0, 32.0)
    assert photo.is_crack and photo.highest_score > 0.99 and photo.problem == "" and photo.note == ""


def test_the_files_of_a_photo_tell_where_its_tiles_are(surveyed: Surveyed) -> None:
    write_photo(Path("walls/wall.png"), (64, 64, 128, 128))
    (photo,) = surveyed("photos=walls", "threshold=0.9")
    tiles = rows_of(Path("results", photo.tile_scores))
    assert len(tiles) == 35
    (cracked,) = [row for row in tiles if row["is_crack"] == "True"]
    assert [int(cracked[side]) for side in ("left_px", "top_px", "right_px", "bottom_px")] == [64, 64, 128, 128]
    features = json.loads(Path("results", photo.polygons).read_text())["features"]
    (found,) = [one for one in features if one["properties"]["is_crack"]]
    assert found["geometry"]["coordinates"] == [[[64, 64], [128, 64], [128, 128], [64, 128], [64, 64]]]
    assert found["properties"]["crack_score"] == float(cracked["crack_score"]) and len(features) == 35


def test_the_pictures_mark_the_tile_and_nothing_else(surveyed: Surveyed) -> None:
    write_photo(Path("walls/wall.png"), (64, 64, 128, 128))
    (photo,) = surveyed("photos=walls", "threshold=0.9")
    for kind in (photo.map, photo.annotated):
        with Image.open(Path("results", kind)) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        assert pixels.shape == (192, 256, 3)
        is_orange = (pixels[..., 0] > 150) & (pixels[..., 1] < 140) & (pixels[..., 2] < 90)
        rows, columns = np.nonzero(is_orange)
        assert 60 <= columns.min() <= 66 and 126 <= columns.max() <= 132, kind
        assert 60 <= rows.min() <= 66 and 126 <= rows.max() <= 132, kind
        assert not is_orange[90:100, 90:100].any()


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_every_format_is_surveyed(suffix: str, surveyed: Surveyed) -> None:
    write_photo(Path(f"wall.{suffix}"), (0, 0, 64, 64))
    (photo,) = surveyed(f"photos=wall.{suffix}", "threshold=0.9")
    assert (photo.cracked_tiles, photo.problem) == (1, "")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp"])
def test_a_photo_is_surveyed_upright(suffix: str, surveyed: Surveyed) -> None:
    """As stored the crack is upper left; shown turned clockwise it is upper right."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = Image.new("RGB", (256, 192))
    lying.paste((255, 255, 255), (0, 0, 64, 64))
    lying.save(f"wall.{suffix}", exif=exif, quality=100)
    (photo,) = surveyed(f"photos=wall.{suffix}", "threshold=0.9")
    assert (photo.width_px, photo.height_px) == (192, 256)
    (cracked,) = [row for row in rows_of(Path("results", photo.tile_scores)) if row["is_crack"] == "True"]
    assert (cracked["left_px"], cracked["top_px"]) == ("128", "0")


def test_pixels_of_every_kind_are_surveyed_alike(surveyed: Surveyed) -> None:
    kinds = Path("kinds")
    kinds.mkdir()
    wall = Image.new("L", (128, 128))
    wall.paste(255, (0, 0, 64, 64))
    wall.convert("1").save(kinds / "bits.png")
    wall.convert("P").save(kinds / "palette.png")
    Image.fromarray(np.asarray(wall).astype(np.uint16) * 257).save(kinds / "deep.tif")
    Image.merge("RGBA", [wall, wall, wall, Image.new("L", wall.size)]).save(kinds / "clear.png")
    Image.merge("CMYK", [Image.new("L", wall.size)] * 3 + [wall.point(lambda v: 255 - v)]).save(kinds / "ink.tif")
    wall.save(kinds / "moving.webp", save_all=True, append_images=[Image.new("L", wall.size)], lossless=True)
    photos = surveyed("photos=kinds", "threshold=0.9")
    assert {photo.cracked_tiles for photo in photos} == {1} and len(photos) == 6


def test_a_photo_that_cannot_be_surveyed_has_its_reason_and_the_others_go_on(surveyed: Surveyed) -> None:
    walls = Path("walls")
    write_photo(walls / "a.png", (0, 0, 64, 64))
    write_photo(walls / "small.png", size=(63, 300))
    (walls / "half.png").write_bytes((walls / "a.png").read_bytes()[:150])
    Image.new("1", (30_000, 8_000)).save(walls / "panorama.png")
    write_photo(walls / "z.png", (0, 0, 64, 64))
    photos = {Path(photo.name).name: photo for photo in surveyed("photos=walls")}
    assert [photos[name].problem for name in ("a.png", "z.png")] == ["", ""]
    assert photos["small.png"].problem.startswith("smaller than a tile (63 x 300 px, tiles of 64 px): give a smaller")
    assert photos["panorama.png"].problem.startswith("240 megapixels, more than max_megapixels=200; cut it into parts")
    assert photos["half.png"].problem == "truncated"
    assert {row["problem"] for row in rows_of(Path("results/survey.csv"))} >= {"truncated"}
    page = Path("results/survey.html").read_text()
    assert all(photo.problem in page for photo in photos.values())


def test_a_strip_that_no_jpeg_can_hold_does_not_end_the_batch(surveyed: Surveyed) -> None:
    write_photo(Path("walls/strip.png"), size=(66_000, 64))
    write_photo(Path("walls/wall.png"))
    photos = {Path(photo.name).name: photo.problem for photo in surveyed("photos=walls", "overlap=0")}
    assert photos["wall.png"] == ""
    assert photos["strip.png"].startswith("a side of more than 65,500 px")


def test_photos_come_by_urgency(surveyed: Surveyed) -> None:
    write_photo(Path("walls/none.png"))
    write_photo(Path("walls/short.png"), (0, 0, 64, 64))
    write_photo(Path("walls/long.png"), (0, 0, 256, 64))
    write_photo(Path("walls/tiny.png"), size=(20, 20))
    photos = surveyed("photos=walls", "threshold=0.9")
    order = ["long", "short", "none", "tiny"]
    assert [Path(photo.name).stem for photo in photos] == order
    assert [Path(row["name"]).stem for row in rows_of(Path("results/survey.csv"))] == order
    page = Path("results/survey.html").read_text()
    shown = re.findall(r"walls/(\w+)\.png", page[page.index("<body") :])
    assert list(dict.fromkeys(shown)) == order


def test_a_photo_needs_as_many_connected_tiles_as_asked_for(surveyed: Surveyed) -> None:
    write_photo(Path("wall.png"), (0, 0, 64, 64))
    (photo,) = surveyed("photos=wall.png", "threshold=0.9", "min_tiles=2")
    assert photo.cracked_tiles == 1 and not photo.is_crack


def test_photos_of_one_name_keep_files_of_their_own(surveyed: Surveyed) -> None:
    for folder in ("a", "b", "c d"):
        write_photo(Path(folder, "wall <b>.png"))
    photos = surveyed("photos=[a,b,'c d']")
    assert len({photo.map for photo in photos}) == 3
    assert all(Path("results", photo.map).is_file() for photo in photos)


def test_a_name_that_is_no_text_is_surveyed(surveyed: Surveyed) -> None:
    write_photo(Path(os.fsdecode(b"walls/\xff.png")))
    (photo,) = surveyed("photos=walls")
    assert Path("results", photo.annotated).is_file()
    assert "udcff" in Path("results/survey.html").read_text()


def test_a_killed_survey_goes_on_where_it_stopped(deployed_file: Path, here: Path) -> None:
    for number in range(4):
        write_photo(Path(f"walls/{number}.png"), *([(0, 0, 64, 64)] if number % 2 else []))
    words = [f"model={deployed_file}", "photos=walls", "engine=keras", "threshold=0.9"]
    program = f"""
import os, signal, sys
from crack_exp import survey
from crack_exp.survey import workflow
original = workflow.write_rows
def write_rows(rows, path):
    if path.name == "part-00000002.jsonl":
        os.kill(os.getpid(), signal.SIGKILL)
    original(rows, path)
workflow.write_rows = write_rows
sys.argv = ["survey", *{words!r}]
survey.main()
"""
    assert forked_python(program, here).returncode == -signal.SIGKILL
    done = crack_exp(*words, verb="survey", cwd=here)
    assert done.returncode == 0, done.stderr
    assert "going on behind 2 of 4 photos that were done before" in done.stdout
    (table,) = here.glob("outputs/surveys/*/*/survey.csv")
    rows = {Path(row["name"]).stem: row["is_crack"] for row in rows_of(table)}
    assert rows == {"0": "False", "1": "True", "2": "False", "3": "True"}
    assert {path.name for path in table.parent.iterdir()} == {"request.json", "survey.csv", "survey.html", "photos"}


def test_the_exit_code_is_2_where_a_photo_failed(deployed_file: Path, here: Path) -> None:
    write_photo(here / "walls" / "a.png", (0, 0, 64, 64))
    (here / "walls" / "b.jpg").write_text("no photo")
    done = crack_exp(f"model={deployed_file}", "photos=walls", "engine=keras", verb="survey", cwd=here)
    assert (done.returncode, done.stderr) == (2, "")
    assert "1 photo: 1 with cracks, as the model sees it" in done.stdout
    assert "not surveyed: walls/b.jpg (not an image)" in done.stdout
    assert {path.name for path in here.iterdir()} == {"walls", "outputs"}


def test_results_are_never_overwritten_unasked(surveyed: Surveyed) -> None:
    write_photo(Path("wall.png"))
    surveyed("photos=wall.png")
    with pytest.raises(UserError, match="^output=results: survey.csv is there already; overwrite=true"):
        surveyed("photos=wall.png")
    with pytest.raises(UserError, match="^output=results: holds results of another request; overwrite=true"):
        surveyed("photos=wall.png", "overlap=0.25")
    assert len(surveyed("photos=wall.png", "overlap=0.25", "overwrite=true")) == 1


def test_photos_of_no_shard_leave_an_empty_table(surveyed: Surveyed) -> None:
    grey_images(Path("walls"), {"a.png": 0})
    done = [surveyed("photos=walls", f"shard={number}/2") for number in (1, 2)]
    assert sorted(map(len, done)) == [0, 1]


def test_a_large_photo_brings_no_warning(surveyed: Surveyed, recwarn: pytest.WarningsRecorder) -> None:
    """9,500 x 9,500 px are 90 megapixels, from where on Pillow warns."""
    Image.new("1", (9_500, 9_500)).save("wall.png")
    Image.new("1", (9_500, 9_500)).save("wall.tif")
    photos = surveyed("photos=[wall.png,wall.tif]", "tile_px=4750", "overlap=0")
    assert [photo.tiles for photo in photos] == [4, 4]
    assert not recwarn.list


def test_a_survey_takes_less_memory_than_four_copies_of_its_photo(deployed_file: Path, here: Path) -> None:
    """16 megapixels, of which half are marked; what a small photo takes is the network's, not counted."""
    width, height = 4608, 3583
    noise = np.random.default_rng(0).integers(0, 256, (height // 64, width // 64, 3), dtype=np.uint8)
    photo = Image.fromarray(noise).resize((width, height), Image.Resampling.BILINEAR)
    photo.crop((0, 0, 1000, 600)).save("small.jpg")
    photo.save("large.jpg")
    program = f"""
import resource
from crack_exp.survey import survey
peaks = []
for name in ("small", "large"):
    (done,) = survey(["model={deployed_file}", "engine=keras", f"photos={{name}}.jpg", "tile_px=256", "min_tiles=2"])
    assert done.cracked_tiles
    peaks.append(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print((peaks[1] - peaks[0]) / {3 * width * height})
"""
    done = forked_python(program, here)
    assert done.returncode == 0, done.stderr
    copies = float(done.stdout.splitlines()[-1])
    assert 1 < copies < 4
