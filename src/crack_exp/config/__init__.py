"""Every value a person may change: its type, its range, and how YAML becomes objects."""

from crack_exp.config.build import build, build_later
from crack_exp.config.comparison import CompareConfig
from crack_exp.config.compose import conf_dir, default_settings, to_yaml, typed, typed_comparison, typed_pretraining
from crack_exp.config.pretraining import PretrainConfig
from crack_exp.config.schema import CommandConfig, Config

__all__ = [
    "CommandConfig",
    "CompareConfig",
    "Config",
    "PretrainConfig",
    "build",
    "build_later",
    "conf_dir",
    "default_settings",
    "to_yaml",
    "typed",
    "typed_comparison",
    "typed_pretraining",
]
