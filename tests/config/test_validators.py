"""Every range of the schema refuses what lies outside, by the name of the setting."""

import math
from typing import Any

import pytest

from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.deployed_schema import ExportConfig, PredictConfig, ServeConfig, SurveyConfig
from crack_exp.config.effects import settings_under
from crack_exp.config.free_form import AUGMENTATION_RANGES, BACKBONE_RANGES, MAY_BE_NULL, OPTIMIZER_RANGES
from crack_exp.config.pretrain_schema import PretrainConfig
from crack_exp.config.schema import (
    DATA_SCHEMAS,
    CcicConfig,
    Config,
    FolderConfig,
    Sdnet2018Config,
    SyntheticConfig,
    TableConfig,
)
from crack_exp.config.tune_schema import TuneConfig
from crack_exp.config.validators import RANGE, from_to
from crack_exp.system.errors import shown
from tests.composing import settings, told_of

OUTSIDE: dict[str, list[Any]] = {
    "seed": [-1, 2**32],
    "data.on_bad_image": ["ignore", "Skip", ""],
    "data.max_megapixels": [0, -5, 1001],
    "data.white_level": [254, 0, -1, 65_536],
    "data.validation": [0.0, 1.0, -0.1, math.nan],
    "data.test": [0.0, 1.0, math.inf],
    "data.split_seed": [-1, 2**32],
    "data.cache_gb": [-0.1, math.nan, math.inf, 1e308],
    "data.mm_per_px": [0.0, -0.5, math.inf, 1e-320],
    "data.folder": ["", "  "],
    "data.images": [4, -5, 10**30],
    "data.size_px": [31, 10**6],
    "data.paint_seed": [-1],
    "data.path": [""],
    "data.url": ["", "data.mendeley.com/file"],
    "data.sha256": ["", "08d7", "Z" * 64],
    "data.path_column": [""],
    "data.label_column": [""],
    "model.weights": [""],
    "model.head": ["old", ""],
    "model.image_size_px": [31, -160, 10**20],
    "model.from_scratch.batch_norm_momentum": [1.0, -0.1, math.nan],
    "model.from_scratch.learning_rate_factor": [0.0, -1.0, math.inf, math.nan, 1e308],
    "augment.views": [0, -1, 10**9],
    "fine_tune.epochs": [-1, 10**9],
    "training.batch_size": [0, -32, 10**9],
    "training.epochs": [-1, 10**9],
    "training.dropout": [1.0, -0.1, math.nan, math.inf],
    "training.early_stopping_patience": [0, -5, 10**9],
    "training.class_weights": ["Balanced", ""],
    "training.loss": ["hinge", ""],
    "training.focal_gamma": [-0.1, math.inf, 1e308],
    "runtime.precision": ["float16", "bfloat16"],
    "runtime.distribution": ["all"],
    "runtime.feature_engine": ["tensorflow", "OpenVINO", ""],
    "runtime.feature_cache.max_gb": [-1.0, math.inf, 1e308],
    "runtime.feature_cache.dtype": ["float64", "bfloat16"],
    "evaluation.confidence": [0.0, 1.0, 95.0, math.nan],
    "evaluation.bootstrap_resamples": [0, 10**11],
    "evaluation.operating_point": ["", "Assured", "recall"],
    "evaluation.min_recall": [0.0, 1.01, math.nan],
    "evaluation.assurance": [0.0, 1.0, 95.0, math.nan],
    "evaluation.cost_ratio": [0.0, -1.0, math.inf, math.nan],
    "evaluation.prevalence": [0.0, 1.0, 5.0, math.nan],
    "run_name": ["", "x" * 251],
    "allow_code": [["my package"], ["keras"], ["crack_exp"], ["a.b"], [""]],
    "model.rescaling._target_": ["keras.layers.Normalization", ""],
    "model.rescaling.scale": ["abc", None, [1.0], [1.0, "a", 1.0], True, 1e308],
    "model.rescaling.offset": [[], {}, math.nan],
    "sweep.name": ["", "  ", "x" * 251],
    "sweep.folder": [""],
    "tracking.experiment": ["", "x" * 251],
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


SCHEMAS = (Config, PretrainConfig, TuneConfig, CompareConfig, PredictConfig, SurveyConfig, ServeConfig, ExportConfig)
EXTREMES = [1e308, -1e308, 10**30, -(10**30), math.inf, -math.inf, math.nan, 5e-324 - 1]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_number_has_a_range_that_ends_on_both_sides(schema: type) -> None:
    numbers = {
        key: field.metadata[RANGE]
        for key, field in settings_under(schema)
        if field.type in (int, float, int | None, float | None)
    }
    assert numbers
    for key, values in numbers.items():
        assert not [value for value in EXTREMES if values.allows(value)], key


def test_every_argument_of_kerass_classes_has_a_range_too() -> None:
    arguments = {**OPTIMIZER_RANGES, **BACKBONE_RANGES, **AUGMENTATION_RANGES}
    assert {"learning_rate", "alpha", "decay_steps", "epsilon", "clipnorm", "ema_overwrite_frequency"} <= set(arguments)
    wrong: list[Any] = [*EXTREMES, None, "fast", [1, 1, 1, 1], {}]
    for name, values in arguments.items():
        assert not [value for value in wrong if values.allows(value)], name
    assert set(arguments) >= MAY_BE_NULL


@pytest.mark.parametrize("key", OUTSIDE)
def test_a_value_out_of_range_is_refused_by_name(key: str) -> None:
    for value in OUTSIDE[key]:
        said = told_of(key, value, SOURCES.get(key, "synthetic"))
        assert said.startswith(f"{key}={shown(value)}: must be ")


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
        ("learning_rate", [-1, 0, 1e-320, 1e308, 1e38, 10**400, None, math.nan, math.inf, True, "fast", [1, 2]]),
        ("beta_1", [2, 1, -0.1, math.nan]),
        ("momentum", [1.0, "high"]),
        ("weight_decay", [-1e-4, math.inf]),
        ("clipnorm", [0]),
        ("epsilon", [0.0]),
        ("nesterov", [1, "yes"]),
        ("gradient_accumulation_steps", [1.5, 10**12]),
        ("something_new", [math.nan, -math.inf, 1e308, -(10**30)]),
    ],
)
def test_an_argument_of_an_optimizer_is_in_range_too(phase: str, argument: str, values: list[Any]) -> None:
    for value in values:
        said = told_of(f"{phase}.{argument}", value)
        assert said.startswith(f"{phase}.{argument}={shown(value)}: must be ")


@pytest.mark.parametrize("phase", ["optimizer", "fine_tune.optimizer"])
@pytest.mark.parametrize(("argument", "value"), [("initial_learning_rate", None), ("decay_steps", 0), ("alpha", 2)])
def test_the_arguments_of_a_schedule_are_in_range_too(phase: str, argument: str, value: float) -> None:
    cosine = {
        "_target_": "keras.optimizers.schedules.CosineDecay",
        "initial_learning_rate": 0.1,
        "decay_steps": 100,
        "alpha": 0.0,  # Keras's default
    }
    key = f"{phase}.learning_rate.{argument}"
    assert told_of(f"{phase}.learning_rate", cosine | {argument: value}).startswith(f"{key}={shown(value)}: must be ")


@pytest.mark.parametrize(
    ("key", "value", "at"),
    [
        ("model.backbone.alpha", 0, "model.backbone.alpha=0"),
        ("model.backbone.alpha", math.nan, "model.backbone.alpha=nan"),
        ("model.backbone.alpha", 50, "model.backbone.alpha=50"),
        ("model.backbone.depth_multiplier", 1.5, "model.backbone.depth_multiplier=1.5"),
        ("model.rescaling.scale", [1.0, 1.0, math.nan], "model.rescaling.scale=[1.0, 1.0, nan]"),
        ("model.rescaling.scale", [1.0], "model.rescaling.scale=[1.0]"),
        ("model.rescaling.scale", "abc", "model.rescaling.scale=abc"),
        ("model.rescaling.offset", None, "model.rescaling.offset=null"),
        ("model.rescaling._target_", "keras.layers.Flatten", "model.rescaling._target_=keras.layers.Flatten"),
        ("augment.layers", [{"factor": math.inf}], "augment.layers[0].factor=inf"),
        ("augment.layers", [{"num_ops": 10**6}], "augment.layers[0].num_ops=1000000"),
        ("augment.layers", [{"kernel_size": [3, 10**6]}], "augment.layers[0].kernel_size=[3, 1000000]"),
    ],
)
def test_no_number_is_infinite_however_deep(key: str, value: object, at: str) -> None:
    assert told_of(key, value).startswith(f"{at}: must be ")


def test_the_bounds_themselves() -> None:
    assert from_to(0, 2).allows(0) and from_to(0, 2).allows(2)
    assert not from_to(0, 2).allows(-1e-9) and not from_to(0, 2).allows(2.1) and not from_to(0, 2).allows(True)
