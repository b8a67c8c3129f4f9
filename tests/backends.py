"""`python -m tests.backends jax=PYTHON torch=PYTHON`: commands on other backends, beside those on TensorFlow.

On each backend a small run with augmentation and a pretraining are done, and again, but killed and gone on with: the
second must end with the same bits. Crack scores of the run must be near those on TensorFlow. The model of TensorFlow
must answer on each backend as it does there: to predict, to serve, and as MLflow loads it. A search must end.
PYTHON: of an environment that has this package and that backend.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.backend_commands import Backend, same_pretraining, scores, verdicts

SMALL = (
    *("data.images=160", "model.image_size_px=64", "augment=flips", "training.epochs=3", "fine_tune.epochs=3"),
    *("runtime.precision=float32", "evaluation.bootstrap_resamples=100"),
)
EPOCH_4 = "fine_tune: epoch 4/6, loss"
PRETRAINING = (
    *("model.backbone._target_=keras.applications.MobileNet", "model.backbone.alpha=0.25", "model.image_size_px=32"),
    *("budget.minutes=null", "budget.images=320", "paintings.per_chunk=96", "paintings.validation=100"),
    *("views.per_painting=1", "training.batch_size=32", "runtime.precision=float32"),
)
CHUNK_2 = "60 %: 192 images"
SEARCH = (
    *("tune=head", "tune.trials=2", "data.images=160", "model.image_size_px=64", "training.epochs=2"),
    *("runtime.precision=float32", "evaluation.bootstrap_resamples=100"),
)
FIRST = "tensorflow_whole"
"""The folder of the first run. Python would take a folder of the very name of a library for that library."""

PREDICTED = 1e-4
"""Between probabilities of one model on two backends: they round otherwise."""

TRAINED = 0.05
"""Between crack scores after the same training; the masks of dropout and the rounding are each backend's own."""

ASKED = 3
"""Images that a server, and a model that MLflow loads, are asked for."""

Checked = tuple[bool, str]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, failed = Path(folder), False
        first = Backend("tensorflow", sys.executable, home)
        first.do("run", *settings(home, FIRST))
        print("ok tensorflow: a whole run", flush=True)
        told = predicted(first)
        for word in sys.argv[1:]:
            name, _, python = word.partition("=")
            for holds, line in checks(Backend(name, os.path.abspath(python), home), told):
                print("ok" if holds else "!!", line, flush=True)
                failed = failed or not holds
    sys.exit(1 if failed else 0)


def checks(backend: Backend, told: np.ndarray) -> Iterator[Checked]:
    """told: crack scores of the painted images, by the model of TensorFlow there."""
    yield whole_run(backend)
    yield killed_run(backend)
    yield killed_pretraining(backend)
    yield searched(backend)
    if backend.name == "jax":
        yield shared(backend)
    files = sorted(images(backend.home).rglob("*.jpg"))[:ASKED]
    for what, found in (
        ("predicts", predicted(backend)),
        ("is served", backend.answers_of_server(backend.home / FIRST, files)),
        ("answers in MLflow", backend.answers_of_mlflow(FIRST, files)),
    ):
        difference = np.abs(found - told[: len(found)]).max()
        yield difference < PREDICTED, f"{backend.name}: the model of tensorflow {what}, differs by {difference:.1g}"


def settings(home: Path, folder: str) -> list[str]:
    return [*SMALL, f"data.folder={home / 'painted'}", f"hydra.run.dir={home / folder}"]


def images(home: Path) -> Path:
    return next(one for one in (home / "painted").iterdir() if one.is_dir())


def whole_run(backend: Backend) -> Checked:
    home, name = backend.home, backend.name
    backend.do("run", *settings(home, f"{name}_whole"))
    found, expected = home / f"{name}_whole", home / FIRST
    difference = np.abs(scores(found) - scores(expected)).max()
    equal = np.mean(verdicts(found) == verdicts(expected))
    said = f"crack scores of test images differ by up to {difference:.4f}, verdicts are equal for {equal:.0%}"
    return difference < TRAINED, f"{name}: a whole run; {said}"


def killed_run(backend: Backend) -> Checked:
    folder = backend.home / f"{backend.name}_killed"
    backend.kill(EPOCH_4, "run", *settings(backend.home, folder.name))
    backend.do("run", f"resume={folder}")
    same = np.array_equal(scores(folder), scores(backend.home / f"{backend.name}_whole"))
    return same, f"{backend.name}: killed and gone on with, it ends with the same bits"


def killed_pretraining(backend: Backend) -> Checked:
    whole, broken = (backend.home / f"{backend.name}_{name}" for name in ("pretrained", "pretraining_killed"))
    backend.do("pretrain", *PRETRAINING, f"hydra.run.dir={whole}")
    backend.kill(CHUNK_2, "pretrain", *PRETRAINING, f"hydra.run.dir={broken}")
    backend.do("pretrain", f"resume={broken}")
    return same_pretraining(whole, broken), f"{backend.name}: a pretraining, killed and gone on with: the same bits"


def searched(backend: Backend) -> Checked:
    said = backend.do("tune", *SEARCH, f"tune.name={backend.name}", f"data.folder={backend.home / 'painted'}")
    return "2 trials: 2 finished" in said, f"{backend.name}: a search of two trials"


def shared(backend: Backend) -> Checked:
    """Losses of a training that two devices share, and of one on one device; its last batch is one image."""
    found = backend.on_two_devices()
    two, one = found["two"], found["one"]
    difference = np.abs(np.subtract(two["losses"], one["losses"])).max()
    shares = two["rows on each"] == [8, 8, 1] and one["rows on each"] == [16, 16, 1]
    said = f"{backend.name}: two devices share a batch, losses differ by {difference:.1g} from those of one"
    return shares and difference < PREDICTED and two["difference"] < PREDICTED, said


def predicted(backend: Backend) -> np.ndarray:
    """Crack scores of the painted images by the model that learned on TensorFlow, by name."""
    home = backend.home
    output = home / f"predicted_{backend.name}"
    words = [f"model={home / FIRST}", f"images={images(home)}", f"output={output}", "engine=keras"]
    backend.do("predict", *words)
    return scores(output)


if __name__ == "__main__":
    main()
