"""Every value a person may change: its type, its range, and how YAML becomes objects."""

from crack_exp.config.compare_schema import CompareConfig
from crack_exp.config.compose import (
    conf_dir,
    conf_of,
    default_settings,
    to_yaml,
    typed,
    typed_comparison,
    typed_deployed,
    typed_pretraining,
    typed_tuning,
)
from crack_exp.config.deployed_schema import DeployedConfig, ExportConfig, PredictConfig, ServeConfig, SurveyConfig
from crack_exp.config.instantiate import build, build_later
from crack_exp.config.pretrain_schema import PretrainConfig
from crack_exp.config.schema import CommandConfig, Config
from crack_exp.config.tune_schema import TuneConfig

__all__ = [
    "CommandConfig",
    "CompareConfig",
    "Config",
    "DeployedConfig",
    "ExportConfig",
    "PredictConfig",
    "PretrainConfig",
    "ServeConfig",
    "SurveyConfig",
    "TuneConfig",
    "build",
    "build_later",
    "conf_dir",
    "conf_of",
    "default_settings",
    "to_yaml",
    "typed",
    "typed_comparison",
    "typed_deployed",
    "typed_pretraining",
    "typed_tuning",
]
