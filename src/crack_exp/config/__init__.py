"""Every value a person may change: its type, its range, and how YAML becomes objects."""

from crack_exp.config.build import build, build_later
from crack_exp.config.compose import conf_dir, to_yaml, typed
from crack_exp.config.schema import Config

__all__ = ["Config", "build", "build_later", "conf_dir", "to_yaml", "typed"]
