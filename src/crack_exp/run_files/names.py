"""The names of all files, tags and metrics of a run. Code that writes or reads one takes its name from here."""

CONFIG = "config.yaml"
AUDIT, SPLIT, LAYERS = "audit.csv", "split.csv", "layers.csv"
HISTORY, SECONDS = "history.csv", "seconds.csv"
TEST_PREDICTIONS, VALIDATION_PREDICTIONS = "predictions.csv", "validation_predictions.csv"
EVALUATION = "evaluation.json"
PLOTS = "plots"
PAGE = "report.html"
MODEL = "model.keras"
MODEL_CARD = "model_card.json"
"""Files in the folder of a run, and the same among its artifacts in MLflow."""

PAINTED_WEIGHTS, CARD = "painted.npz", "card.json"
"""Files of a pretraining."""

COMPARISON_PAGE, SWEEP_PAGE, SEARCH_PAGE = "comparison.html", "sweep.html", "study.html"
"""Pages over several runs, in folders of their own."""

CHECKPOINT = "checkpoint"
"""The folder in a run's folder from which a killed run is resumed; deleted when the run is complete."""

LOCK = ".lease"
"""Held by the process that runs in the folder, and deleted at its end; a killed one holds it no longer."""

OVERRIDES, RUN_FOLDER = "overrides", "run_folder"
WEIGHTS, WEIGHTS_FILE_SHA256, WEIGHTS_SHA256 = "weights", "weights.file_sha256", "weights.sha256"
MODEL_SHA256 = "model.file_sha256"
DATA_SHA256, SPLIT_SHA256 = "data.sha256", "data.split_sha256"
CLASSES, INTACT = "data.class_names", "data.intact_classes"
"""Tags of a run. Classes and intact ones are a JSON list of names each."""

MISSING = "missing"
"""The tag that tells which parts of a finished run's page could not be made, and why."""

KERAS_BACKEND = "keras.backend"
"""The tag that tells which library computed, by Keras's name of it. The first versions knew TensorFlow alone."""

IDENTITY = "identity"
"""The tag that tells what was trained: settings, images, code. See `run_files.identity`."""

LOCKED_IN = "locked_in"
"""The tag of a sweep's run with the ids of the folders in which its job is locked, see `folder_id`."""

SWEEP = "sweep"
"""The tag that the runs of one sweep share."""

ALSO_IN = "also_in/"
"""Prefix of tags that add a finished run to a later sweep; their value holds its name and overrides there."""

SEED = "seed"
DATA_SOURCE = "data.source"
"""The param in which runs of one setting differ."""

EPOCH, SCHEDULE, CHUNK = "epoch/", "schedule/", "chunk/"
SECONDS_OF, IMAGES_PER_SECOND = "seconds/", "images_per_second/"
PARAMETERS, SIZE_MB, TEMPERATURE = "model/parameters", "model/size_mb", "model/temperature"
TEST, VALIDATION = "test", "validation"
"""Metrics of a run, or their prefixes. PARAMETERS is of the network, SIZE_MB the size of MODEL."""

HEAD, FINE_TUNE, BEFORE, CALIBRATED = "head", "fine_tune", "before", "calibrated"
"""The stages of a run that are evaluated on validation: before the first phase, after each, and as it is saved."""


def on_validation(stage: str) -> str:
    """'validation_head': what the metrics of a stage begin with."""
    return f"{VALIDATION}_{stage}"


def on_test(surface: str) -> str:
    """'test_wall': what the metrics of one surface's test images begin with."""
    return f"{TEST}_{surface}"
