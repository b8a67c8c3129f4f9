"""Files that the program wrote for itself, and somebody or a disk has damaged: one sentence with file and remedy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from omegaconf import OmegaConf

from crack_exp import command
from crack_exp.config import to_yaml
from crack_exp.deployed.listing import count_listed, list_images, read_listing
from crack_exp.deployed.rows import read_rows, write_rows
from crack_exp.evaluation.predictions import Predictions
from crack_exp.model.painted import PaintedHead, read_head, write_painted
from crack_exp.painter import CLASS_NAMES
from crack_exp.run.evaluation import keep_probabilities, predict_once
from crack_exp.run_files.begun import read_begun, write_begun
from crack_exp.run_files.names import CLASSES, INTACT
from crack_exp.run_files.predicted_run import PredictedRun, read_predicted_run
from crack_exp.run_files.predictions_csv import write_predictions, write_stages
from crack_exp.run_files.resume import Checkpoints
from crack_exp.sweep.callbacks import save_error, saved_error
from crack_exp.system.csv_files import write_csv
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.finished_run import FILE_SHA256, FinishedRun, StoredRun
from crack_exp.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from crack_exp.training.history import EpochRecord
from crack_exp.training.painting_loop import ChunkRecord, Progress, read_progress, write_progress
from crack_exp.tune.study import Study
from tests.composing import settings
from tests.tune.test_workflow import config as tuning

ONES = [np.ones(3, np.float32)]
EPOCH = EpochRecord(1, "head", 0.6, 0.7, 0.8, 0.9, 1e-3, 2.5)
CHUNK = ChunkRecord(1, 64, 0.5, 2.0, 2.0, 30.0, 1e-3, {"loss": 1.0}, {"auroc": 0.7})
CHECKPOINT = Checkpoint("head", [EPOCH], ONES, ONES, False, False, 0.7, 0, ONES)
PREDICTIONS = Predictions(
    ["a", "b"], ["a", "b"], np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]), ["intact", "crack"], frozenset([0])
)


class Files:
    """The files of a run in a store, as MLflow's client gives them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list_artifacts(self, run_id: str) -> list[Any]:
        return [type("File", (), {"path": file.name}) for file in self.folder.iterdir()]

    def download_artifacts(self, run_id: str, path: str) -> str:
        return str(self.folder / path)


def recorded(file: Path, sha256: str) -> FinishedRun:
    client: Any = Files(file.parent)
    store = StoredRun(client, "an id", StoreAddress(None, file.parent))
    tags = {CLASSES: '["intact", "crack"]', INTACT: '["intact"]', file.name + FILE_SHA256: sha256}
    return FinishedRun("an id", "a name", "FINISHED", {}, {}, tags, store)


def begin(config: Path) -> None:
    config.write_text(f"# python -m crack_exp.run\n{to_yaml(settings())}")
    write_begun(config.parent, run_id="an id", precision="float32", images_sha256="the images")


def begin_for(identity: Path) -> None:
    begin(identity.parents[1] / "config.yaml")


def resume(config: Path, sha256: str) -> object:
    asked = OmegaConf.create({"resume": str(config.parent)})
    return command._resumed(asked, [f"resume={config.parent}"])


def write_weights(path: Path) -> None:
    body = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3)])
    count = len(CLASS_NAMES)
    write_painted(path, body, PaintedHead(CLASS_NAMES, np.ones((4, count), np.float32), np.ones(count)), {})


def fail_a_job(file: Path) -> None:
    with pytest.raises(UserError), save_error(file.parent, "python -m crack_exp.run seed=-1"):
        raise UserError("seed=-1: must be a number of at least 0")


def keep_listing(file: Path) -> None:
    (images := file.with_name("walls")).mkdir()
    for number in range(9):
        (images / f"{number}.jpg").touch()
    with list_images([str(images)], "images", (1, 1)) as listing:
        listing.keep(file)
    assert len(list(read_listing(file))) == count_listed(file) == 9


def make_study(file: Path) -> None:
    study = Study(file.parent, tuning(), {})
    with study.next_trial() as trial:
        assert trial is not None


def raise_told(sentence: object) -> None:
    """For what is told, and not raised."""
    if isinstance(sentence, str) and sentence:
        raise UserError(sentence)


Read = Callable[[Path, str], object]
"""From the file, and the sha256 that MLflow has of it."""

FILES: dict[str, tuple[Callable[[Path], None], Read]] = {
    "config.yaml": (begin, resume),
    "checkpoint/identity.json": (begin_for, lambda file, _: read_begun(file.parents[1])),
    "checkpoint/training.npz": (
        lambda file: write_checkpoint(CHECKPOINT, file),
        lambda file, _: Checkpoints(file.parents[1]).load(read_checkpoint),
    ),
    "pretraining/checkpoint/training.npz": (
        lambda file: write_progress(Progress(2, 64, 9.0, [CHUNK], ONES, ONES, ONES), file),
        lambda file, _: Checkpoints(file.parents[1]).load(read_progress),
    ),
    "checkpoint/test.npz": (
        lambda file: keep_probabilities(PREDICTIONS.probabilities, file),
        lambda file, _: predict_once(keras.Model(), [], file, "test"),
    ),
    "predictions.csv": (
        lambda file: write_predictions(PREDICTIONS, PREDICTIONS.probabilities, 0.5, file),
        lambda file, sha256: raise_told(read_predicted_run(recorded(file, sha256))),
    ),
    "validation_predictions.csv": (
        lambda file: write_stages({"head": PREDICTIONS}, file),
        lambda file, sha256: PredictedRun(recorded(file, sha256), PREDICTIONS, PREDICTIONS.probabilities).stages,
    ),
    "history.csv": (
        lambda file: write_csv([EPOCH, EPOCH], file),
        lambda file, sha256: PredictedRun(recorded(file, sha256), PREDICTIONS, PREDICTIONS.probabilities).history,
    ),
    "audit.csv": (
        lambda file: write_csv([{"name": "a.jpg", "sha256": file_sha256(Path(__file__))}], file),
        lambda file, sha256: recorded(file, sha256).rows(file.name),
    ),
    "painted.npz": (write_weights, lambda file, _: read_head(file)),
    "error.json": (fail_a_job, lambda file, _: raise_told(saved_error(file)[1].partition("seed=-1")[0])),
    "part-0.jsonl": (lambda file: write_rows([{"name": "a"}] * 9, file), lambda file, _: list(read_rows([file]))),
    "images.jsonl": (keep_listing, lambda file, _: list(read_listing(file))),
    "count/images.jsonl": (keep_listing, lambda file, _: count_listed(file)),
    "study.db": (make_study, lambda file, _: Study(file.parent, tuning(), {})),
}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "half": lambda whole: whole[: len(whole) // 2],
    "noise": lambda whole: np.random.default_rng(0).bytes(max(len(whole), 500)),
    "other values": lambda whole: b'[{"name": [3], "epoch": "x"}]\n',
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_named_in_one_sentence_with_a_remedy(name: str, damage: str, tmp_path: Path) -> None:
    (write, read), file = FILES[name], tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    write(file)
    whole, sha256 = file.read_bytes(), file_sha256(file)
    read(file, sha256)
    file.write_bytes(DAMAGES[damage](whole))
    with pytest.raises(UserError) as raised:
        read(file, sha256)
    said = str(raised.value)
    assert file.name in said and ";" in said and "\n" not in said and len(said) < 600


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ({"seconds": -1.0}, "not what epochs measure"),
        ({"val_accuracy": 1.5}, "not what epochs measure"),
        ({"train_loss": float("nan")}, "not what epochs measure"),
        ({"epoch": 0}, "not what epochs measure"),
    ],
)
def test_measurements_that_cannot_be_are_not_believed(rows: dict[str, float], why: str, tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    write_csv([EpochRecord(**(vars(EPOCH) | rows))], file)
    with pytest.raises(UserError, match=why):
        PredictedRun(recorded(file, file_sha256(file)), PREDICTIONS, PREDICTIONS.probabilities).history  # noqa: B018


def test_predictions_that_are_no_probabilities_are_not_believed(tmp_path: Path) -> None:
    file = tmp_path / "predictions.csv"
    write_predictions(PREDICTIONS, PREDICTIONS.probabilities, 0.5, file)
    file.write_text(file.read_text().replace("0.9", "nan"))
    assert "not probabilities" in str(read_predicted_run(recorded(file, file_sha256(file))))


def test_weights_in_a_checkpoint_that_are_no_numbers_are_not_gone_on_with(tmp_path: Path) -> None:
    spoilt = Checkpoint(**(vars(CHECKPOINT) | {"weights": [np.full(3, np.nan, np.float32)]}))
    write_checkpoint(spoilt, tmp_path / "checkpoint" / "training.npz")
    with pytest.raises(UserError, match="training.npz': cannot be read .*not finite weights"):
        Checkpoints(tmp_path).load(read_checkpoint)
