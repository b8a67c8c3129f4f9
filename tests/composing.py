"""A configuration as the command composes it, and what a user is told of a wrong one."""

from functools import cache
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from crack_exp.config import Config, conf_of, typed
from crack_exp.config.errors import user_error_sentence
from crack_exp.run_files.folder import register_resolvers


def composed(*overrides: str, config: str = "config") -> DictConfig:
    """What Hydra makes of the command line, unchecked. config: the main file of the command."""
    register_resolvers()
    path, name = conf_of(config)
    with initialize_config_dir(path, version_base="1.3"):
        return compose(name, list(overrides))


def settings(*overrides: str) -> Config:
    return typed(composed(*overrides))


def told(*overrides: str) -> str:
    """The one sentence that the user who gave these overrides reads."""
    with pytest.raises(Exception) as raised:
        settings(*overrides)
    sentence = user_error_sentence(raised.value)
    assert sentence is not None, f"a traceback for {overrides}: {raised.value!r}"
    assert "\n" not in sentence
    return sentence


@cache
def _defaults(source: str) -> DictConfig:
    paths = [] if source == "synthetic" else ["data.path=somewhere"]
    return composed(f"data={source}", *paths)


def told_of(key: str, value: Any, source: str = "synthetic") -> str:
    """The same for one value of a key that exists, without composing everything anew."""
    changed = _defaults(source).copy()
    OmegaConf.set_struct(changed, False)
    OmegaConf.update(changed, key, value, force_add=True)
    with pytest.raises(ValueError) as raised:
        typed(changed)
    assert "\n" not in str(raised.value)
    return str(raised.value)
