"""The commands of the README, as a newcomer types them."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from crack_exp.run import run
from crack_exp.tracking.environment import mlflow_environment
from tests.commands import REPOSITORY, crack_exp, only_folder, python


def test_the_smoke_experiment_goes_through_every_step(tmp_path: Path) -> None:
    done = crack_exp("experiment=smoke", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = only_folder(tmp_path)
    assert {"head", "fine_tune"} == {
        row["phase"] for row in csv.DictReader((folder / "history.csv").read_text().splitlines())
    }
    for said in ("audit:", "split:", "before training", "after fine-tuning", "test", "plots", "mlflow ui"):
        assert said in done.stdout
    assert "Traceback" not in done.stderr and "cuda" not in done.stderr
    assert "after fine-tuning" in (folder / "run.log").read_text()


@pytest.mark.parametrize("question", ["--help", ("--cfg", "job")])
def test_questions_are_answered_without_tensorflow(question: str | tuple[str, ...], tmp_path: Path) -> None:
    words = (question,) if isinstance(question, str) else question
    program = f"""
import sys
from crack_exp import run
sys.argv = ["run", *{words!r}]
try:
    run.main()
except SystemExit:
    pass
assert not {{"tensorflow", "keras", "mlflow", "matplotlib"}} & set(sys.modules)
"""
    done = python(program, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "optimizer" in done.stdout


def test_the_package_lists_its_verbs() -> None:
    done = subprocess.run([sys.executable, "-m", "crack_exp"], capture_output=True, text=True)
    assert done.returncode == 0 and "python -m crack_exp.run optimizer=rmsprop" in done.stdout


def test_a_sweep_makes_one_run_for_each_setting(tiny_head: list[str], tmp_path: Path) -> None:
    done = crack_exp("-m", *tiny_head, "optimizer=adam,rmsprop,sgd", cwd=tmp_path, timeout_s=280)
    assert done.returncode == 0, done.stderr
    with mlflow_environment():
        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/mlruns/mlflow.db")
        runs = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
        curves = [client.get_metric_history(one.info.run_id, "epoch/val_loss") for one in runs]
    assert {one.data.params["optimizer._target_"] for one in runs} == {
        *("keras.optimizers.Adam", "keras.optimizers.RMSprop", "keras.optimizers.SGD"),
    }
    assert [len(curve) for curve in curves] == [3, 3, 3]
    assert len(list(tmp_path.glob("outputs/multirun/*/*/[012]/predictions.csv"))) == 3


def test_a_failing_job_does_not_stop_the_others(tiny_head: list[str], tmp_path: Path) -> None:
    done = crack_exp("-m", *tiny_head, "model.image_size_px=8,32", cwd=tmp_path)
    assert done.returncode == 1
    assert "model.image_size_px=8" in done.stderr and "Traceback" not in done.stderr
    assert len(list(tmp_path.glob("outputs/multirun/*/*/1/predictions.csv"))) == 1


def test_a_table_of_many_classes_with_groups_and_given_splits(
    tiny_head: list[str], painted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    images = sorted(painted.rglob("*.jpg"))
    with (tmp_path / "labels.csv").open("w") as table:
        table.write("path,label,group,split\n")
        for number, image in enumerate(images):
            part = ("train", "train", "val", "test")[number % 4]
            table.write(f"{image.relative_to(painted)},{image.parent.name},wall-{number % 8},{part}\n")
    settings = [one for one in tiny_head if not one.startswith("data.")]
    evaluation = run([*settings, "data=table", "data.path=labels.csv", f"data.image_root={painted}"])
    assert set(evaluation.predictions.groups) == {"wall-3", "wall-7"}
    assert len(evaluation.predictions.labels) == 25


def test_a_run_without_epochs_only_judges(
    tiny_head: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ["training.epochs=0" if one.startswith("training.epochs") else one for one in tiny_head]
    evaluation = run(settings)
    assert len(evaluation.predictions.labels) == 15
    pictures = {path.stem for path in (only_folder(tmp_path) / "plots").iterdir()}
    assert "gallery" in pictures and "learning_curves" not in pictures


@pytest.mark.real_data
def test_real_photos_are_learned_in_a_minute(real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("Negative", "Positive"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for photo in sorted((real_data / "data" / "ccic" / name).iterdir())[:150]:
            (tmp_path / "photos" / name / photo.name).symlink_to(photo)
    weights = real_data / "weights" / "mobilenet_v2_0.35_224_no_top.weights.h5"
    settings = ["data=folder", "data.path=photos", "model=mobilenet_v2_035", f"model.weights={weights}"]
    evaluation = run([*settings, "model.image_size_px=96", "optimizer.learning_rate=1e-2", "fine_tune=none"])
    assert evaluation.predictions.class_names == ["Negative", "Positive"]
    assert evaluation.scalars["accuracy"] >= 0.9


def test_the_wheel_runs_outside_of_the_checkout(tiny_head: list[str], tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(tmp_path), str(REPOSITORY)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    site, home = tmp_path / "site", tmp_path / "home"
    home.mkdir()
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)], check=True)
    program = f"""
import sys
sys.path.insert(0, {str(site)!r})
import crack_exp
assert crack_exp.__file__.startswith({str(site)!r})
from crack_exp import run
sys.argv = ["run", *{tiny_head!r}]
run.main()
"""
    done = python(program, home)
    assert done.returncode == 0, done.stderr
    assert (only_folder(home) / "predictions.csv").exists()
