"""What bad input gets: one sentence that names setting, value and remedy, before any training."""

import hashlib
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.run import run
from crack_exp.run_files.folder import own_folder
from tests.commands import crack_exp

# The smallest network of keras.applications, and no second phase.
SMALL = [
    "model.backbone={_target_: keras.applications.MobileNet, alpha: 0.25}",
    "model.weights=none",
    "model.image_size_px=32",
    "fine_tune=none",
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the run is started from, where outputs/ and mlruns/ would land."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    """Six good images of each of two classes."""
    walls = tmp_path / "walls"
    for number in range(12):
        path = walls / ("intact" if number % 2 else "cracked") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (8, 8, 3))
        Image.fromarray(noise.astype(np.uint8)).save(path)
    return walls


def mistake(*overrides: str) -> str:
    """What the run raises; nothing was trained, and no run stands in MLflow."""
    with pytest.raises(ValueError) as raised:
        run([*SMALL, *overrides])
    assert not list(Path.cwd().rglob("history.csv"))
    assert not Path("mlruns").exists()
    assert "\n" not in str(raised.value)
    return str(raised.value)


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["+data.nonsense=1"], "data.nonsense: no such setting; data has cache_gb, "),
        (["optimizer.learning_rate=-1"], "optimizer.learning_rate=-1: must be from "),
        (["optimizer=lion"], "optimizer=lion: no such choice; optimizer can be adam, "),
        (["data=folder"], "data.path: not set; add data.path=VALUE\n"),
        (["resume=outputs/nowhere"], "resume=outputs/nowhere: no run began there; "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_command_ends_with_one_line_and_leaves_nothing(overrides: list[str], said: str, tmp_path: Path) -> None:
    done = crack_exp(*overrides, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"crack_exp: {said}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "mlruns").exists() and not (tmp_path / "outputs" / "painted").exists()


@pytest.mark.parametrize(("verb", "mistake"), [("run", "seed=-1"), ("compare", "metric=luck")])
def test_a_refused_command_removes_only_folders_that_it_made(verb: str, mistake: str, tmp_path: Path) -> None:
    (tmp_path / "mine" / "empty").mkdir(parents=True)
    for folder in ("mine/empty", "mine/empty/new/deep"):
        done = crack_exp(mistake, f"hydra.run.dir={folder}", cwd=tmp_path, verb=verb)
        assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
        assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["mine", "mine/empty"]


def test_a_folder_in_which_another_process_runs_is_refused(walls: Path, tmp_path: Path) -> None:
    with own_folder(tmp_path / "busy"), pytest.raises(ValueError, match="busy: another process runs in that folder; "):
        run([*SMALL, "data=folder", f"data.path={walls}", f"hydra.run.dir={tmp_path / 'busy'}"])
    assert list((tmp_path / "busy").iterdir()) == []


def test_a_sweep_ends_with_the_first_mistake_and_no_traceback(tmp_path: Path) -> None:
    done = crack_exp("-m", "training.epochs=-1,-2", cwd=tmp_path)
    assert done.returncode == 1
    assert "#1 failed: training.epochs=-2: must be" in done.stdout  # the second job had its turn
    assert done.stderr.endswith("crack_exp: training.epochs=-1: must be from 0 to 100000\n")
    assert "Traceback" not in done.stderr


def test_corrupt_images_end_the_command_and_stay_as_they_are(walls: Path, tmp_path: Path) -> None:
    whole = (walls / "cracked" / "0.png").read_bytes()
    (walls / "cracked" / "half.png").write_bytes(whole[: len(whole) // 2])
    (walls / "intact" / "letter.jpg").write_text("Dear colleague,")
    before = contents(walls)
    done = crack_exp(*SMALL, "data=folder", f"data.path={walls}", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("crack_exp: data.on_bad_image: 'error' stops at 2 of 14 images")
    assert "cracked/half.png" in done.stderr and "intact/letter.jpg" in done.stderr
    assert done.stderr.count("\n") == 1
    assert contents(walls) == before
    assert not list(tmp_path.rglob("history.csv")) and not (tmp_path / "mlruns").exists()


@pytest.mark.usefixtures("home")
def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    said = mistake("data=folder", f"data.path={tmp_path / 'nowhere'}")
    assert said == f"data.path: '{tmp_path / 'nowhere'}' does not exist; give a folder of images"


@pytest.mark.usefixtures("home")
def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = mistake("data=folder", f"data.path={tmp_path / 'empty'}")
    assert said.startswith(f"data.path: '{tmp_path / 'empty'}' is empty; expected one folder per class")


@pytest.mark.usefixtures("home")
def test_a_single_class(walls: Path) -> None:
    shutil.rmtree(walls / "intact")
    said = mistake("data=folder", f"data.path={walls}")
    assert said.startswith(f"data.path: '{walls}' holds the single class 'cracked'; a classifier needs two")


@pytest.mark.usefixtures("home")
def test_a_class_smaller_than_the_number_of_splits(walls: Path) -> None:
    for path in sorted((walls / "cracked").iterdir())[2:]:
        path.unlink()
    said = mistake("data=folder", f"data.path={walls}")
    assert said.startswith("data.path: class 'cracked' is too small to split: 2 of the 3 groups")


@pytest.mark.usefixtures("home")
def test_a_class_that_does_not_exist_named_as_intact(walls: Path) -> None:
    said = mistake("data=folder", f"data.path={walls}", "data.intact=[whole]")
    assert said.startswith("data.intact: there is no class 'whole'")


@pytest.mark.usefixtures("home")
def test_the_weights_of_another_network(backbone_file: Path) -> None:
    said = mistake(f"model.weights={backbone_file}")
    assert said.startswith(f"model.weights={backbone_file}: not the weights of this backbone")


@pytest.mark.usefixtures("home")
def test_weights_that_do_not_exist(tmp_path: Path) -> None:
    assert mistake(f"model.weights={tmp_path / 'none.h5'}").startswith(f"model.weights={tmp_path / 'none.h5'}: no such")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optimizer._target_=os.system", "optimizer._target_=os.system: must name a known optimizer"),
        (
            "augment.layers=[{_target_: os.mkdir, path: made}]",
            "augment.layers[0]._target_=os.mkdir: must name a known layer",
        ),
        ("+model.backbone.dropot=0.1", "model.backbone: MobileNet() got an unexpected keyword argument 'dropot'"),
    ],
)
def test_a_part_that_cannot_be_built(override: str, said: str, home: Path) -> None:
    assert mistake(override).startswith(said)
    assert not (home / "made").exists()


def test_an_engine_that_is_not_installed(home: Path, walls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crack_exp.model.openvino_engine.is_installed", lambda: False)
    said = mistake("data=folder", f"data.path={walls}", "runtime.feature_engine=openvino")
    assert said.startswith("runtime.feature_engine=openvino: OpenVINO is not installed; install it by pip install ")
    assert not list(home.rglob("audit.csv"))  # told before an image was read


@pytest.mark.usefixtures("home")
def test_a_stage_that_begins_at_no_layer() -> None:
    said = mistake("+model.stages.top=conv_99", "fine_tune.stage=top", "fine_tune.epochs=1")
    assert said.startswith("model.stages.top=conv_99: ")


@pytest.mark.usefixtures("home")
def test_a_disk_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 10**9 - 10**6, 10**6))
    said = mistake()
    assert said.startswith("hydra.run.dir=outputs/")
    assert "1 MB free" in said and said.endswith("make room or choose another folder")


@pytest.mark.usefixtures("home")
def test_an_augmentation_that_does_not_keep_the_size(walls: Path) -> None:
    crop: Any = "augment.layers=[{_target_: keras.layers.CenterCrop, height: 16, width: 16}]"
    said = mistake("data=folder", f"data.path={walls}", crop)
    assert said.startswith("augment.layers[0]: CenterCrop gives (16, 16, 3)")


def test_a_store_that_cannot_be_used_is_refused_before_images_are_painted(home: Path) -> None:
    (home / "runs.db").write_bytes(b"no database" * 99)
    said = mistake("tracking.uri=sqlite:///runs.db")
    assert said.startswith(f"tracking.uri: cannot use the store 'sqlite:///{home}/runs.db' (DatabaseError: file is not")
    assert not list(home.rglob("*.jpg"))
