"""The examples for Ray and Spark on two workers of this machine, one of which is killed: a row for each image, once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow.dataset
import pytest
from mlflow import MlflowClient
from PIL import Image

from crack_exp import load_model
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.open_run import open_run
from tests.commands import REPOSITORY, clean_environment

pytestmark = [pytest.mark.ray_or_spark, pytest.mark.timeout(900)]

EXAMPLES = REPOSITORY / "examples"
IMAGES, KINDS = 6000, 200
PATIENCE_S = 600


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few greys under many names, and one file that is no image."""
    folder, kinds = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("kinds")
    for grey in range(KINDS):
        Image.fromarray(np.full((64, 64, 3), grey, np.uint8)).save(kinds / f"{grey}.png")
    for number in range(IMAGES):
        os.link(kinds / f"{number % KINDS}.png", folder / f"{number:05}.png")
    return folder


def processes(title: str) -> list[int]:
    """The ids of processes with these words in their command line."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if title in (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                found.append(int(place.name))
        except OSError:  # it has ended
            continue
    return found


def with_one_killed(words: list[str], environment: dict[str, str], workers: Callable[[], list[int]], cwd: Path) -> str:
    """All that the program said, one of whose workers is killed in its work."""
    with (cwd / "said.txt").open("w") as said:
        program = subprocess.Popen(words, cwd=cwd, env=environment, stdout=said, stderr=said, start_new_session=True)
        try:
            until = time.monotonic() + PATIENCE_S
            while len(at_work := workers()) < 2 and program.poll() is None:
                assert time.monotonic() < until, "no two workers"
                time.sleep(0.05)
            assert program.poll() is None, f"over before a worker was killed:\n{(cwd / 'said.txt').read_text()}"
            os.kill(at_work[0], signal.SIGKILL)
            program.wait(timeout=PATIENCE_S)
        finally:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)
    told = (cwd / "said.txt").read_text()
    assert program.returncode == 0, told
    return told


def test_on_ray_a_killed_actors_images_are_done_by_others(deployed_file: Path, images: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'ray[data]'")
    (images / "broken.png").write_bytes(b"no image")
    words = [sys.executable, str(EXAMPLES / "on_ray.py"), str(deployed_file), str(images), str(tmp_path / "out"), "2"]
    try:
        at_work = "ray::MapWorker(MapBatches(Judge)).submit"
        with_one_killed(words, clean_environment(), lambda: processes(at_work), tmp_path)
    finally:
        (images / "broken.png").unlink()
    rows = pyarrow.dataset.dataset(tmp_path / "out").to_table().to_pylist()
    assert sorted(Path(row["name"]).name for row in rows) == [*(f"{n:05}.png" for n in range(IMAGES)), "broken.png"]
    broken = next(row for row in rows if row["name"].endswith("broken.png"))
    assert broken["problem"] and broken["label"] is None
    check_scores({Path(row["name"]): row["crack_score"] for row in rows if not row["problem"]}, deployed_file)


def check_scores(scores: dict[Path, float], model: Path) -> None:
    """The scores are those that the model gives here."""
    some = sorted(scores)[: 2 * KINDS]
    here = [verdict.crack_score for verdict in load_model(model).predict(some)]
    assert [scores[path] for path in some] == pytest.approx(here, abs=1e-6)


@pytest.fixture(scope="module")
def logged_model(deployed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The address of a store, and of a model in it, as a run records them."""
    folder, picture = deployed_file.parent, BytesIO()
    Image.new("RGB", (32, 32)).save(picture, "PNG")
    store = StoreAddress(None, tmp_path_factory.mktemp("mlruns"))
    with open_run(store, "cracks", output_folder=folder, run_name="one", run_id=None, first_tags={}) as recorder:
        card = json.loads((folder / "model_card.json").read_text())
        recorder.model(deployed_file, card, picture.getvalue())
    (output,) = MlflowClient(store.absolute).get_run(recorder.run_id).outputs.model_outputs
    return store.absolute, f"models:/{output.model_id}"


def test_on_spark_a_killed_executors_images_are_done_by_others(
    deployed_file: Path, logged_model: tuple[str, str], images: Path, tmp_path: Path
) -> None:
    pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed: pip install pyspark")
    store, model = logged_model
    home = Path(pyspark.__file__).parent
    submit = [
        str(home / "bin" / "spark-submit"),
        "--master",
        "local-cluster[2,1,1024]",
        "--conf",
        "spark.ui.enabled=false",
    ]
    words = [*submit, str(EXAMPLES / "on_spark.py"), model, str(images), str(tmp_path / "out")]
    environment = clean_environment() | {"MLFLOW_TRACKING_URI": store, "PYSPARK_PYTHON": sys.executable}
    environment |= {"SPARK_HOME": str(home), "PYSPARK_DRIVER_PYTHON": sys.executable}

    def at_work() -> list[int]:
        """Executors, once the first file of the output is being written."""
        begun = list(tmp_path.glob("out/_temporary/0/task_*"))
        return processes("CoarseGrainedExecutorBackend --driver-url") if begun else []

    told = with_one_killed(words, environment, at_work, tmp_path)
    assert "Lost executor" in told
    rows = pyarrow.dataset.dataset(tmp_path / "out").to_table().to_pylist()
    names = [Path(unquote(urlsplit(row["path"]).path)) for row in rows]
    assert sorted(name.name for name in names) == [f"{number:05}.png" for number in range(IMAGES)]
    check_scores({name: row["verdict"]["crack_score"] for name, row in zip(names, rows, strict=True)}, deployed_file)
