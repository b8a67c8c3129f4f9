"""Every file, tag and metric of a run by its name. Whoever writes or reads one takes the name from here."""

from crack_exp.tracking.view import Columns

CONFIG = "config.yaml"
AUDIT, SPLIT, LAYERS = "audit.csv", "split.csv", "layers.csv"
HISTORY, SECONDS = "history.csv", "seconds.csv"
TEST_PREDICTIONS, VALIDATION_PREDICTIONS = "predictions.csv", "validation_predictions.csv"
EVALUATION = "evaluation.json"
PLOTS = "plots"
PAGE = "report.html"
MODEL = "model.keras"
"""Files in the folder of a run, and the same among its artifacts in MLflow."""

PAINTED_WEIGHTS, CARD = "painted.npz", "card.json"
"""Files of a pretraining."""

COMPARISON_PAGE, SWEEP_PAGE, SEARCH_PAGE = "comparison.html", "sweep.html", "study.html"
"""Pages over several runs, in folders of their own."""

CHECKPOINT = "checkpoint"
"""The folder, inside that of a run, by which a killed one goes on; gone once the run is complete."""

OVERRIDES, RUN_FOLDER = "overrides", "run_folder"
WEIGHTS, WEIGHTS_FILE_SHA256, WEIGHTS_SHA256 = "weights", "weights.file_sha256", "weights.sha256"
MODEL_SHA256 = "model.file_sha256"
DATA_SHA256, SPLIT_SHA256 = "data.sha256", "data.split_sha256"
CLASSES, INTACT = "data.class_names", "data.intact_classes"
"""Tags of a run. Classes and intact ones are a JSON list of names each."""

IDENTITY = "identity"
"""The tag that tells what was trained: settings, images, code. See `run_files.identity`."""

SWEEP = "sweep"
"""The tag that the runs of one sweep share."""

ALSO_IN = "also_in/"
"""The beginning of tags of a run that did a job of a later sweep before: its name and overrides there."""

SEED = "seed"
"""The param that sets runs of one setting apart."""

EPOCH, SCHEDULE, CHUNK = "epoch/", "schedule/", "chunk/"
SECONDS_OF, IMAGES_PER_SECOND = "seconds/", "images_per_second/"
PARAMETERS, SIZE_MB = "model/parameters", "model/size_mb"
TEST, VALIDATION = "test", "validation"
"""Metrics of a run, or what they begin with; PARAMETERS of the trained network, SIZE_MB of MODEL."""

HEAD, FINE_TUNE, BEFORE = "head", "fine_tune", "before"
"""The phases of a run, and what its model is before them: the stages that are evaluated on validation."""

COLUMNS = Columns(
    metrics=[f"{VALIDATION}_{FINE_TUNE}/auroc", "test/auroc", "test/auroc_low", "test/auroc_high"]
    + ["test/recall_at_threshold"],
    params=["optimizer", "optimizer.learning_rate", SEED],
)
"""What MLflow's table of runs shows in the saved view."""


def on_validation(stage: str) -> str:
    """'validation_head': what the metrics of a stage begin with."""
    return f"{VALIDATION}_{stage}"


def on_test(surface: str) -> str:
    """'test_wall': what the metrics of one surface's test images begin with."""
    return f"{TEST}_{surface}"
