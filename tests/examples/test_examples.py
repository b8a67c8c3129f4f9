"""Each of examples/ as its reader starts it, on tiny settings: a process of its own in a folder of its own."""

import csv
import json
import subprocess
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, crack_exp, forked_python, only_folder

EXAMPLES = REPOSITORY / "examples"
TESTED = {
    "my_conf/optimizer/lion.yaml",
    "my_conf/optimizer/one_cycle.yaml",
    "my_schedules.py",
    "own_data_source.py",
    "from_python.py",
    "slurm_workers.sh",
}
TESTED |= {"on_ray.py", "on_spark.py"}  # in test_ray_and_spark.py, which make check-ray-spark runs
TESTED |= {f"exported_{name}.py" for name in ("savedmodel", "onnx", "litert", "openvino")}  # in tests/export/


def start(example: str, *words: str, cwd: Path) -> str:
    """The output of `python examples/EXAMPLE WORDS`."""
    path = str(EXAMPLES / example)
    program = f"import runpy, sys; sys.argv = {[path, *words]!r}; runpy.run_path({path!r}, run_name='__main__')"
    done = forked_python(program, cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_tested_and_listed() -> None:
    files = {
        path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.suffix in (".py", ".yaml", ".sh")
    }
    assert files == TESTED
    listed = (EXAMPLES / "README.md").read_text()
    assert all(f"]({file})" in listed for file in files)


def test_the_script_for_slurm_starts_a_worker(tmp_path: Path) -> None:
    """Outside of Slurm it is a shell script like others."""
    (tmp_path / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$CRACK_EXP_CACHE" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    command = ["bash", str(EXAMPLES / "slurm_workers.sh"), "my walls", "optimizer=adam,sgd"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    refused = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert refused.returncode and "set it to the address of the MLflow server" in refused.stderr
    environment |= {"MLFLOW_TRACKING_URI": "http://tracker:5000"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    cache, *words = done.stdout.splitlines()
    assert cache == f"{tmp_path}/cache"
    assert words == [*"-m crack_exp.run -m optimizer=adam,sgd".split(), "sweep.name=my walls", "sweep.worker=true"]


def test_an_own_optimizer(home: Path, tiny_head: list[str]) -> None:
    done = crack_exp("--config-dir", str(EXAMPLES / "my_conf"), "optimizer=lion", *tiny_head, cwd=home)
    assert done.returncode == 0, done.stderr
    with (only_folder(home) / "history.csv").open() as history:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(history)]
    assert rates == sorted(rates, reverse=True) and rates[0] > rates[-1]


def test_a_class_of_ones_own_where_the_command_line_allows_it(
    home: Path, tiny_head: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in ("my_schedules.py", "my_conf"):
        (home / file).symlink_to(EXAMPLES / file)  # `python -m` finds packages in the folder where it is started
    command = ["--config-dir", "my_conf", "optimizer=one_cycle", *tiny_head]
    refused = crack_exp(*command, cwd=home)
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1
    assert "optimizer.learning_rate._target_=my_schedules.OneCycle: " in refused.stderr
    assert "allow_code=[my_schedules] on the command line" in refused.stderr
    done = crack_exp(*command, "allow_code=[my_schedules]", "optimizer.learning_rate.steps=9", cwd=home)
    assert done.returncode == 0, done.stderr
    with next(home.glob("outputs/*/*/history.csv")).open() as history:
        rates = [float(row["learning_rate"]) for row in csv.DictReader(history)]
    assert rates[0] > rates[-1]


def test_an_own_data_source(home: Path, painted: Path, tiny_head: list[str]) -> None:
    findings = {"intact": "K0", "hairline": "K1", "structural": "K2"}
    entries = [
        {"file": str(image), "finding": findings.get(image.parent.name, "K9"), "component": f"pier {number % 20}"}
        for number, image in enumerate(sorted(painted.rglob("*.jpg")))
    ]
    (home / "inspection.json").write_text(json.dumps(entries))
    settings = [setting for setting in tiny_head if not setting.startswith("data.")]
    told = start("own_data_source.py", "inspection.json", *settings, cwd=home)
    known = sum(entry["finding"] != "K9" for entry in entries)
    assert f"{known} images in inspection.csv" in told and "test images" in told
    groups = {line.rsplit(",", 1)[1] for line in (home / "inspection.csv").read_text().splitlines()[1:]}
    assert groups <= {f"pier {number}" for number in range(20)} and len(groups) > 5


@pytest.mark.timeout(900)
def test_from_python(home: Path, tiny_head: list[str]) -> None:
    told = start("from_python.py", *tiny_head, "training.epochs=1", cwd=home)
    assert all(f"{name}, seed {seed}: accuracy 0." in told for name in ("adam", "rmsprop") for seed in (1, 2, 3))
    assert "optimizer=rmsprop, accuracy 0." in told and "B - A: " in told
