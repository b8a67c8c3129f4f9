"""The commands of the README, as a newcomer types them."""

import subprocess
import sys
from pathlib import Path

import pytest

from crack_exp.__main__ import main
from crack_exp.run import run
from tests.commands import crack_exp, python

pytestmark = pytest.mark.usefixtures("without_plots")


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


@pytest.mark.parametrize(
    ("verb", "words", "said"),
    [
        ("run", ["data=folder", "data.path=nowhere"], "data.path: 'nowhere' does not exist"),
        ("run", ["data=folder", "data.path=photos", "data.intact=[whole]"], "data.intact: there is no class 'whole'"),
        ("run", ["tracking.uri=file:///mlruns"], "tracking.uri: 'file:///mlruns' is a folder"),
        ("tune", ["data=folder", "data.path=nowhere"], "data.path: 'nowhere' does not exist"),
        ("pretrain", ["tracking.uri=file:///mlruns"], "tracking.uri: 'file:///mlruns' is a folder"),
        ("predict", ["images=nowhere"], "images=nowhere: no such file or folder"),
        ("predict", ["images=photos", "model=no/where.keras"], "model=no/where.keras: no such file or folder"),
        ("survey", ["photos=nowhere"], "photos=nowhere: no such file or folder"),
        ("export", ["model=no/where.keras"], "model=no/where.keras: no such file or folder"),
        ("serve", ["model=no/where.keras"], "model=no/where.keras: no such file or folder"),
    ],
)
def test_what_is_named_wrongly_is_told_before_tensorflow_is_imported(
    verb: str, words: list[str], said: str, tmp_path: Path
) -> None:
    for name in ("cracked", "intact"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        (tmp_path / "photos" / name / "1.jpg").touch()
    program = f"""
import sys
from crack_exp import {verb}
sys.argv = ["{verb}", *{words!r}]
try:
    {verb}.main()
finally:
    assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""
    done = python(program, tmp_path)
    assert done.returncode == 1 and done.stderr.startswith(f"crack_exp: {said}"), done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("what", ["compare.workflow", "sweep.summary"])
def test_runs_that_are_over_are_read_without_tensorflow(what: str, tmp_path: Path) -> None:
    """Not for the seconds alone: where Ctrl-C broke off its import, a second one fails."""
    program = f"""
import sys
import crack_exp.{what}
assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""
    done = python(program, tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_package_lists_its_verbs() -> None:
    done = subprocess.run([sys.executable, "-m", "crack_exp"], capture_output=True, text=True)
    assert done.returncode == 0 and "python -m crack_exp.run optimizer=rmsprop" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "optimizer=adam", "a b"], "run: starts nothing; type python -m crack_exp.run optimizer=adam 'a b'"),
        (["crack_exp.predict"], "crack_exp.predict: starts nothing; type python -m crack_exp.predict"),
        (["predikt"], "predikt: starts nothing; type python -m crack_exp.predict"),
        (["x"], "x: no such command; it can be run, tune, compare, pretrain, predict, survey, serve, export, cache; "),
    ],
)
def test_a_command_without_its_point_is_told_what_to_type(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    out, err = capsys.readouterr()
    assert ended.value.code == 2 and out == "" and err.startswith(f"crack_exp: {said}") and err.count("\n") == 1


def test_the_version_is_that_of_the_program(tmp_path: Path) -> None:
    done = crack_exp("--version", cwd=tmp_path, verb="tune")
    assert done.stdout.startswith("crack_exp ") and done.returncode == 0


def test_a_table_of_many_classes_with_groups_and_given_splits(tiny_head: list[str], painted: Path, home: Path) -> None:
    images = sorted(painted.rglob("*.jpg"))
    with (home / "labels.csv").open("w") as table:
        table.write("path,label,group,split\n")
        for number, image in enumerate(images):
            part = ("train", "train", "val", "test")[number % 4]
            table.write(f"{image.relative_to(painted)},{image.parent.name},wall-{number % 8},{part}\n")
    settings = [one for one in tiny_head if not one.startswith("data.")]
    evaluation = run([*settings, "data=table", "data.path=labels.csv", f"data.image_root={painted}"])
    assert set(evaluation.predictions.groups) == {"wall-3", "wall-7"}
    assert len(evaluation.predictions.labels) == 25


@pytest.mark.real_data
def test_real_photos_are_learned_in_a_minute(real_data: Path, home: Path) -> None:
    for name in ("Negative", "Positive"):
        (home / "photos" / name).mkdir(parents=True)
        for photo in sorted((real_data / "data" / "ccic" / name).iterdir())[:150]:
            (home / "photos" / name / photo.name).symlink_to(photo)
    weights = real_data / "weights" / "mobilenet_v2_0.35_224_no_top.weights.h5"
    settings = ["data=folder", "data.path=photos", "model=mobilenet_v2_035", f"model.weights={weights}"]
    evaluation = run(
        [*settings, "model.image_size_px=96", "optimizer.learning_rate=1e-2", "training.epochs=4", "fine_tune=none"]
    )
    assert evaluation.predictions.class_names == ["Negative", "Positive"]
    assert evaluation.scalars["accuracy"] >= 0.9
