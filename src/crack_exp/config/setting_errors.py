"""An error of OmegaConf as one sentence that names key, value and remedy."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import get_args, get_origin, get_type_hints

from omegaconf import DictConfig
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    ValidationError,
)

from crack_exp.config.schema import DATA_SCHEMAS
from crack_exp.config.similar import similar
from crack_exp.system.errors import shown

HYDRA = "hydra"
SPACE, OWN = "tune.space", "--config-dir my_conf tune=mine"
NO_SUCH_PLACE = "there is no such place among the settings; see what there is by --help"
TYPES = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list (e.g. [a,b])",
    NoneType: "null",
}


def one_sentence(error: OmegaConfBaseException) -> str:
    """What `error` means, in the terms of the command line."""
    key = str(error.full_key or "configuration")
    if key.startswith(f"{SPACE}."):
        return f"{key}: a space is changed in a file, not on the command line; write my_conf/tune/mine.yaml for {OWN}"
    if isinstance(error, MissingMandatoryValue):
        return f"{key}: not set; add {key}=VALUE"
    if isinstance(error, ConfigKeyError | ConfigAttributeError):
        return unknown_setting(key, _siblings(error), _known(error, key))
    if isinstance(error, ValidationError):
        return f"{key}={shown(error.value)}: must be {_expected(error)}"
    return f"{key}: {str(error.msg or error).splitlines()[0]}"


def unknown_setting(key: str, siblings: list[str], known: list[str]) -> str:
    """Say that `key` does not exist, with what it may mean of all `known` settings, or with all its `siblings`."""
    prefix, _, name = key.rpartition(".")
    owners = [source for source, schema in DATA_SCHEMAS.items() if name in {field.name for field in fields(schema)}]
    if prefix == "data" and owners:
        return f"{key}: a setting of data={' and data='.join(owners)} alone; choose where images come from by data=NAME"
    if meant := similar(key, known):
        return f"{key}: no such setting; did you mean {' or '.join(meant)}?"
    return f"{key}: no such setting; {prefix or 'the configuration'} has {', '.join(sorted(siblings)) or 'none'}"


def _siblings(error: OmegaConfBaseException) -> list[str]:
    parent = error.parent_node
    return [str(name) for name in parent if name != HYDRA] if isinstance(parent, DictConfig) else []


def _known(error: OmegaConfBaseException, key: str) -> list[str]:
    """All settings of the command, and the parts that they stand in; those of Hydra for a key of Hydra alone."""
    root = error.parent_node._get_root() if error.parent_node is not None else None
    keys = list(_keys(root, "")) if isinstance(root, DictConfig) else []
    return [one for one in keys if one.startswith(HYDRA) == key.startswith(HYDRA)]


def _keys(values: DictConfig, prefix: str) -> Iterator[str]:
    for name in map(str, values):
        yield f"{prefix}{name}"
        inner = values._get_node(name)
        if isinstance(inner, DictConfig) and not inner._is_none() and not inner._is_missing():
            yield from _keys(inner, f"{prefix}{name}.")


def _expected(error: ValidationError) -> str:
    """The type of the schema's field, in words."""
    owner, name = error.object_type, str(error.full_key).rpartition(".")[2]
    if isinstance(owner, type) and issubclass(owner, list):
        return f'a text; write a name in quotes, as in ["{shown(error.value)}"]'
    if not (isinstance(owner, type) and is_dataclass(owner)):
        return "a value of another kind"
    hint = get_type_hints(owner)[name]
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return " or ".join(TYPES.get(get_origin(kind) or kind, "a group of settings") for kind in kinds)
