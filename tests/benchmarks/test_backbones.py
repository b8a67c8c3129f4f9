"""The comparison of backbones, as its command has it."""

import json
import sys
from argparse import Namespace
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from crack_exp.model.painted import PaintedHead, write_painted

backbones = import_module("backbones")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["backbones.py", *map(str, arguments)])
    backbones.main()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """24 noisy images of each kind, the cracked ones darker, named as tiles of six photos."""
    for kind, grey in (("Positive", 90), ("Negative", 150)):
        (tmp_path / "images" / kind).mkdir(parents=True)
        for number in range(24):
            pixels = np.random.default_rng((grey, number)).integers(grey - 60, grey + 60, (32, 32, 3))
            name = f"{7000 + number % 6}-{number}.png"
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "images" / kind / name)
    return tmp_path / "images"


@pytest.fixture
def painted_file(backbone_file: Path, tmp_path: Path) -> Path:
    body = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=str(backbone_file)
    )
    kernel = np.random.default_rng(0).normal(size=(1280, 2)).astype(np.float32)
    write_painted(tmp_path / "own.npz", body, PaintedHead(("intact", "hairline"), kernel, np.zeros(2, np.float32)), {})
    return tmp_path / "own.npz"


def test_the_whole_comparison(
    images: Path,
    painted_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in (("FEW", 8), ("MANY", 16), ("STRENGTHS", (0.01,)), ("RESAMPLES", 20)):
        monkeypatch.setattr(import_module("backbone_probes"), name, value)
    (tmp_path / "kept").mkdir()
    run(
        monkeypatch,
        *("--ccic", images, "--sdnet", images, "--other", images),
        *("--weights", "random", "random", f"imagenet={painted_file}", "--image-size-px", 32, "--draws", 2),
        *("--features", tmp_path / "kept", "--json", tmp_path / "a.json", "--markdown", tmp_path / "a.md"),
    )
    written = json.loads((tmp_path / "a.json").read_text())
    assert [(one["kind"], one["seed"]) for one in written["weights"]] == [("random", 1), ("random", 2), ("imagenet", 1)]
    assert written["images"]["SDNET2018"] == {"cracked": 24, "intact": 24, "photos": 6, "copies_left_out": 0}
    by_seed = [one["draws"]["SDNET2018 AUROC"] for one in written["weights"]]
    assert [len(scores) for scores in by_seed] == [2, 2, 2]
    measures = written["measures"]
    random, imagenet = measures["SDNET2018 AUROC"]["random"], measures["SDNET2018 AUROC"]["imagenet"]
    assert random["by_seed"] == pytest.approx(np.mean(by_seed[:2], axis=1))
    assert random["gain"]["mean"] == pytest.approx(random["figure"]["mean"] - imagenet["figure"]["mean"])
    # Eight by probes; AUROC and accuracy of each set of images by the only head.
    assert len(measures) == 8 + 2 * 3
    assert set(measures["images AUROC, zero-shot"]) == {"imagenet"}
    told = capsys.readouterr().out
    assert "Zero-shot" in told and max(map(len, told.splitlines())) <= 100
    assert (tmp_path / "a.md").read_text().startswith("|  | random | imagenet |\n")
    # The three sets hold the same contents: each backbone has judged them once.
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_painted_bricks_are_one_more_set(tmp_path: Path) -> None:
    asked = Namespace(ccic=None, sdnet=None, other=[], painted_brick=2, painted_on=[], image_size_px=32)
    sets = backbones.read_sets(asked, tmp_path)
    assert [images.name for images in sets.all] == ["painted brick"]
    assert [example.label for example in sets.others[0].examples] == ["cracked", "intact"]


def test_each_photo_to_paint_on_is_one_more_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "PATCHES_OF_PHOTO", 2)
    photo = tmp_path / "tuff.png"
    Image.effect_noise((200, 200), 20).save(photo)
    asked = Namespace(ccic=None, sdnet=None, other=[], painted_brick=0, painted_on=[photo], image_size_px=32)
    sets = backbones.read_sets(asked, tmp_path / "scratch")
    assert [images.name for images in sets.all] == ["cracks on tuff"]
    assert [example.label for example in sets.others[0].examples] == ["cracked", "intact"]


def test_a_photo_that_cannot_be_read_ends_it_with_one_sentence(tmp_path: Path) -> None:
    asked = Namespace(ccic=None, sdnet=None, other=[], painted_brick=0, painted_on=[tmp_path], image_size_px=32)
    with pytest.raises(ValueError, match="^--painted-on=.*: cannot be read .*; give the photo of an intact wall$"):
        backbones.read_sets(asked, tmp_path / "scratch")


def test_a_word_alone_is_kind_and_weights() -> None:
    found = [(one.kind, one.source, one.seed) for one in backbones.weights_of(["random", "painted=a=b.npz", "random"])]
    assert found == [("random", "none", 1), ("painted", "a=b.npz", 1), ("random", "none", 2)]
    assert backbones.weights_of(["imagenet+painted"])[0].source == "imagenet+painted"


def test_seeds_of_a_kind_have_to_differ() -> None:
    with pytest.raises(ValueError, match=r"^--weights painted=a\.npz: given twice"):
        backbones.weights_of(["painted=a.npz", "painted=b.npz", "painted=a.npz"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no images: give --ccic, --sdnet, --other, --painted-brick or --painted-on"),
        (["--painted-brick", "90", "--draws", "1"], "--draws=1: an interval needs at least 2"),
        (["--painted-brick", "90", "--json", "nowhere/a.json"], "--json=nowhere/a.json: no such folder; make it first"),
        (["--painted-brick", "90", "--features", "nowhere"], "--features=nowhere: no such folder; make it first"),
    ],
)
def test_a_mistake_ends_it_with_one_sentence(
    arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "--weights", "random", *arguments)
    assert ended.value.code == sentence
