"""From what Hydra composed to a typed, checked configuration, or to one sentence that says what is wrong."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, MissingMandatoryValue, OmegaConfBaseException

from crack_exp.config.contradictions import check_contradictions
from crack_exp.config.ranges import check_keras_arguments, check_ranges
from crack_exp.config.schema import DATA_SCHEMAS, Config


def conf_dir() -> str:
    """The folder of YAML files: `conf/` of the checkout, or of the installed package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "conf"
    return str(installed if installed.is_dir() else package.parents[1] / "conf")


def typed(composed: DictConfig) -> Config:
    """The composed configuration as dataclasses: complete, of the right types, in range, free of contradictions.

    Raises ValueError that names the first setting that is not.
    """
    try:
        values = OmegaConf.to_container(composed, resolve=True)
        assert isinstance(values, dict)
        # A second merge: Hydra lets `+data.nonsense=1` pass a schema in silence, OmegaConf does not.
        config = OmegaConf.to_object(OmegaConf.merge(_schema(values), values))
    except OmegaConfBaseException as error:
        raise ValueError(_one_sentence(error)) from error
    assert isinstance(config, Config)
    check_ranges(config)
    check_keras_arguments(config.optimizer, "optimizer")
    check_keras_arguments(config.fine_tune.optimizer, "fine_tune.optimizer")
    check_keras_arguments(config.model.backbone, "model.backbone")
    check_contradictions(config)
    return config


def to_yaml(config: Config) -> str:
    """The configuration, resolved, as YAML that `typed(OmegaConf.load(...))` takes."""
    return OmegaConf.to_yaml(OmegaConf.structured(config))


def _schema(values: dict[Any, Any]) -> DictConfig:
    """The schema, with the data part of the source in question."""
    schema = OmegaConf.structured(Config)
    data = values.get("data")
    source = data.get("source") if isinstance(data, dict) else None
    if source not in DATA_SCHEMAS:
        raise ValueError(f"data.source={source}: must be one of {', '.join(DATA_SCHEMAS)}; say data=SOURCE")
    schema.data = OmegaConf.structured(DATA_SCHEMAS[source])
    return schema


def _one_sentence(error: OmegaConfBaseException) -> str:
    key = error.full_key or "configuration"
    if isinstance(error, MissingMandatoryValue):
        return f"{key}: not set; add {key}=VALUE"
    if isinstance(error, ConfigKeyError):
        return unknown_setting(str(key), [str(name) for name in _siblings(error)])
    return f"{key}: {str(error.msg or error).splitlines()[0]}"


def _siblings(error: OmegaConfBaseException) -> list[Any]:
    return list(error.parent_node.keys()) if isinstance(error.parent_node, DictConfig) else []


def unknown_setting(key: str, siblings: list[str]) -> str:
    """Say that `key` does not exist, with the nearest of its `siblings` or all of them."""
    prefix, _, name = key.rpartition(".")
    near = get_close_matches(name, siblings, n=1)
    if near:
        return f"{key}: no such setting; did you mean {prefix + '.' if prefix else ''}{near[0]}?"
    return f"{key}: no such setting; {prefix or 'the configuration'} has {', '.join(sorted(siblings)) or 'none'}"
