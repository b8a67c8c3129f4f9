"""Every command of the README, run as it stands there but for its size."""

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crack_exp.run import run
from tests.commands import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
RUNS = [
    shlex.split(line, comments=True)[3:]
    for block in re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith("python -m crack_exp.run ")
]
WITH_FINE_TUNING = {"experiment=reference", "experiment=sdnet2018"}
# Run in tests of their own, as commands: see test_commands, test_resume and test_tune.
ELSEWHERE = ("-m", "--config-dir", "--help", "resume=", "experiment=smoke")


def test_the_commands_were_found() -> None:
    assert ["optimizer=rmsprop", "seed=2"] in RUNS
    assert ["-m", "optimizer=adam,rmsprop,sgd"] in RUNS
    assert len(RUNS) >= 10


@pytest.fixture(scope="module")
def home(painted: Path, make_home: Callable[[], Path]) -> Path:
    """A folder with what the README's user has: images in class folders whose names hold the wall, and a table."""
    home = make_home()
    rows = ["path,label,group"]
    for number, image in enumerate(sorted(painted.rglob("*.jpg"))):
        folder = home / "my_images" / image.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"wall{number % 20}_{image.name}").symlink_to(image)
        rows.append(f"{image},{image.parent.name},wall{number % 20}")
    (home / "labels.csv").write_text("\n".join(rows))
    lay_out_public_sets(home, sorted(painted.rglob("*.jpg"))[:60])
    return home


def lay_out_public_sets(home: Path, images: list[Path]) -> None:
    """Folders such as those of CCIC and SDNET2018; what is in the tiles does not matter here."""
    for number, image in enumerate(images):
        surface, kind = "DPW"[number % 3], "CU"[number // 3 % 2]
        places = (
            home / "ccic" / ("Positive", "Negative")[number % 2] / f"{number:05}.jpg",
            home / "SDNET2018" / surface / f"{kind}{surface}" / f"{7000 + number // 6}-{number}.jpg",
        )
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(image)


def smaller(words: list[str], painted: Path, backbone_file: Path) -> list[str]:
    """The command with settings that make it quick."""
    size = ["model.image_size_px=32", "evaluation.bootstrap_resamples=20"]
    network = (
        [] if "model=mobilenet_v2_035" in words else ["model.backbone.alpha=0.35", f"model.weights={backbone_file}"]
    )
    head = [] if "training.epochs=0" in words else ["training.epochs=1"]
    fine_tune = ["fine_tune.epochs=1"] if WITH_FINE_TUNING & set(words) else ["fine_tune=none"]
    fine_tune = [] if "fine_tune=none" in words else fine_tune
    is_synthetic = not any(word.startswith(("data=", "experiment=")) for word in words)
    # 241 MB would be fetched.
    given = ["data.path=ccic"] if "data=ccic" in words else []
    data = [f"data.folder={painted.parent}", "data.images=100", "data.size_px=64"] if is_synthetic else []
    return [*words, *size, *network, *head, *fine_tune, *data, *given]


@pytest.fixture(scope="module", autouse=True)
def cache(painted_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """That of one user, with the weights imagenet+painted as if they had been made on this machine."""
    import keras

    from crack_exp.model.painted import cache_path

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRACK_EXP_CACHE", str(tmp_path_factory.mktemp("cache")))
        body = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
        shutil.copy(painted_file, cache_path(body, "imagenet+painted"))
        yield


@pytest.mark.parametrize(
    "words", [words for words in RUNS if not words or not words[0].startswith(ELSEWHERE)], ids=" ".join
)
def test_a_command_of_the_readme_works(
    words: list[str], home: Path, painted: Path, backbone_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    evaluation = run(smaller(words, painted, backbone_file))
    is_sdnet = "experiment=sdnet2018" in words
    assert len(evaluation.predictions.class_names) == (2 if is_sdnet or "data=ccic" in words else 5)
    surfaces = set(evaluation.predictions.surfaces or [])
    assert surfaces <= {"deck", "pavement", "wall"} and bool(surfaces) == is_sdnet


def test_the_python_example_works(
    home: Path, painted: Path, backbone_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert '["optimizer=rmsprop", "training.epochs=5"]' in example
    settings = smaller(["optimizer=rmsprop"], painted, backbone_file)
    exec(example.replace('["optimizer=rmsprop", "training.epochs=5"]', repr(settings)), {})
