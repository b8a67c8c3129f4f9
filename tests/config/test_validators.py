"""Every range of the schema refuses what lies outside, by the name of the setting."""

import math
from typing import Any

import pytest

from crack_exp.config.effects import settings_under
from crack_exp.config.schema import (
    DATA_SCHEMAS,
    CcicConfig,
    Config,
    FolderConfig,
    Sdnet2018Config,
    SyntheticConfig,
    TableConfig,
)
from crack_exp.config.validators import RANGE, above, at_least
from tests.composing import settings, told_of

OUTSIDE: dict[str, list[Any]] = {
    "seed": [-1, 2**32],
    "data.on_bad_image": ["ignore", "Skip", ""],
    "data.validation": [0.0, 1.0, -0.1, math.nan],
    "data.test": [0.0, 1.0, math.inf],
    "data.split_seed": [-1, 2**32],
    "data.cache_gb": [-0.1, math.nan, math.inf],
    "data.mm_per_px": [0.0, -0.5, math.inf],
    "data.folder": ["", "  "],
    "data.images": [4, -5],
    "data.size_px": [31],
    "data.paint_seed": [-1],
    "data.path": [""],
    "data.url": ["", "data.mendeley.com/file"],
    "data.sha256": ["", "08d7", "Z" * 64],
    "data.path_column": [""],
    "data.label_column": [""],
    "model.weights": [""],
    "model.head": ["old", ""],
    "model.image_size_px": [31, -160],
    "model.from_scratch.batch_norm_momentum": [1.0, -0.1, math.nan],
    "model.from_scratch.learning_rate_factor": [0.0, -1.0, math.inf, math.nan],
    "augment.views": [0, -1],
    "fine_tune.epochs": [-1],
    "training.batch_size": [0, -32],
    "training.epochs": [-1],
    "training.dropout": [1.0, -0.1, math.nan, math.inf],
    "training.early_stopping_patience": [0, -5],
    "training.class_weights": ["Balanced", ""],
    "training.loss": ["hinge", ""],
    "training.focal_gamma": [-0.1, math.inf],
    "runtime.precision": ["float16", "bfloat16"],
    "runtime.distribution": ["all"],
    "runtime.feature_engine": ["tensorflow", "OpenVINO", ""],
    "runtime.feature_cache.max_gb": [-1.0, math.inf],
    "runtime.feature_cache.dtype": ["float64", "bfloat16"],
    "evaluation.confidence": [0.0, 1.0, 95.0, math.nan],
    "evaluation.bootstrap_resamples": [0],
    "evaluation.min_recall": [0.0, 1.01, math.nan],
    "sweep.name": ["", "  "],
    "tracking.experiment": [""],
    "tracking.folder": [" "],
}
SOURCES = {
    "data.path": "folder",
    "data.url": "ccic",
    "data.sha256": "ccic",
    "data.path_column": "table",
    "data.label_column": "table",
}


def test_there_is_a_case_for_every_range_of_the_schema() -> None:
    assert {SyntheticConfig, FolderConfig, TableConfig, CcicConfig, Sdnet2018Config} == set(DATA_SCHEMAS.values())
    keys = {key for key, field in settings_under(Config) if field.metadata.get(RANGE)}
    assert keys == set(OUTSIDE)


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_value_out_of_range_is_refused_by_name(key: str) -> None:
    for value in OUTSIDE[key]:
        said = told_of(key, value, SOURCES.get(key, "synthetic"))
        assert said.startswith(f"{key}={value}: must be ")


def test_the_edges_of_the_ranges_are_allowed() -> None:
    config = settings(
        "training.dropout=0",
        "training.epochs=0",
        "training.early_stopping_patience=null",
        "data.cache_gb=0",
        "evaluation.min_recall=1",
        "seed=4294967295",
        "model.image_size_px=32",
    )
    assert config.training.early_stopping_patience is None
    assert config.seed == 2**32 - 1


@pytest.mark.parametrize("phase", ["optimizer", "fine_tune.optimizer"])
@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("learning_rate", [-1, 0, math.nan, math.inf, True, "fast", [1, 2]]),
        ("beta_1", [2, 1, -0.1, math.nan]),
        ("momentum", [1.0, "high"]),
        ("weight_decay", [-1e-4, math.inf]),
        ("clipnorm", [0]),
        ("epsilon", [0.0]),
        ("something_new", [math.nan, -math.inf]),
    ],
)
def test_an_argument_of_an_optimizer_is_in_range_too(phase: str, argument: str, values: list[Any]) -> None:
    for value in values:
        assert told_of(f"{phase}.{argument}", value).startswith(f"{phase}.{argument}={value}: must be ")


@pytest.mark.parametrize("phase", ["optimizer", "fine_tune.optimizer"])
@pytest.mark.parametrize(("argument", "value"), [("initial_learning_rate", -0.1), ("decay_steps", 0), ("alpha", -1)])
def test_the_arguments_of_a_schedule_are_in_range_too(phase: str, argument: str, value: float) -> None:
    cosine = {
        "_target_": "keras.optimizers.schedules.CosineDecay",
        "initial_learning_rate": 0.1,
        "decay_steps": 100,
        "alpha": 0.0,  # Keras's default
    }
    key = f"{phase}.learning_rate.{argument}"
    assert told_of(f"{phase}.learning_rate", cosine | {argument: value}).startswith(f"{key}={value}: must be ")


@pytest.mark.parametrize(
    ("key", "value", "at"),
    [
        ("model.backbone.alpha", 0, "model.backbone.alpha=0"),
        ("model.backbone.alpha", math.nan, "model.backbone.alpha=nan"),
        ("model.rescaling.scale", [1.0, math.nan], "model.rescaling.scale[1]=nan"),
        ("augment.layers", [{"factor": math.inf}], "augment.layers[0].factor=inf"),
    ],
)
def test_no_number_is_infinite_however_deep(key: str, value: object, at: str) -> None:
    assert told_of(key, value).startswith(f"{at}: must be ")


def test_the_bounds_themselves() -> None:
    assert at_least(0).allows(0) and not at_least(0).allows(-1e-9)
    assert above(0).allows(1e-9) and not above(0).allows(0)
