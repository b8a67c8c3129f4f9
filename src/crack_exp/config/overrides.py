"""Overrides: as they are typed, as the command that repeats a run, and as its name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, ListConfig, OmegaConf

from crack_exp.config.effects import keys_with
from crack_exp.system.errors import UserError, shown
from crack_exp.system.printed import own_command, printable

EXPERIMENT = "experiment"
"""The group of named combinations of settings."""

ALLOW_CODE = "allow_code"
"""The setting that names packages of the user's own, whose classes settings may then build."""

FOLDER_FLAGS = {"--config-dir", "-cd", "--config-path", "-cp"}
"""Options before a folder, whose name may hold an equals sign."""

CONFIG_DIR = "command-line"
"""What Hydra calls the folder that --config-dir named."""


def flags_first(words: Sequence[str]) -> list[str]:
    """The words of a command, options before settings: Hydra takes no settings on both sides of an option."""
    flags, settings, before = list[str](), list[str](), ""
    for word in words:
        is_value = before in FOLDER_FLAGS or (before.startswith("-") and "=" not in word and not word.startswith("~"))
        (flags if word.startswith("-") or is_value else settings).append(word)
        before = word
    return flags + settings


def command_line(verb: str, overrides: Sequence[str]) -> str:
    """'python -m crack_exp.run optimizer=sgd'; with the folder of settings that this command was given, if any."""
    sources = HydraConfig.get().runtime.config_sources if HydraConfig.initialized() else []
    folder = next((source.path for source in sources if source.provider == CONFIG_DIR), None)
    flags = ["--config-dir", folder] if folder else []
    return own_command(verb, [*flags, *overrides])


def as_typed(overrides: ListConfig) -> list[str]:
    """The overrides that Hydra has noted, to be used again: `${...}` in them is not resolved."""
    noted = OmegaConf.to_container(overrides)
    assert isinstance(noted, list)
    return [str(override) for override in noted]


def check_allowed_code(composed: DictConfig, overrides: Sequence[str]) -> None:
    """Raise UserError where a file allows code: the word of whoever typed the command is needed."""
    allowed = OmegaConf.select(composed, ALLOW_CODE)
    if allowed and allowed != allowed_code(overrides):
        raise UserError(
            f"{ALLOW_CODE}={shown(allowed)}: stands in a file; code of your own is allowed on the command line alone"
        )


def allowed_code(overrides: Sequence[str]) -> Any:
    """The value of `allow_code=[my_package]` among `overrides`; [] where there is none."""
    typed = [one for one in OverridesParser.create().parse_overrides(list(overrides)) if one.key_or_group == ALLOW_CODE]
    return typed[-1].value() if typed else []


def own_overrides(folder: Path, overrides: Sequence[str]) -> list[str]:
    """The overrides in which a job differs from others of the sweep in `folder`: those typed with several values."""
    of_sweep = as_typed(OmegaConf.load(folder / "multirun.yaml").hydra.overrides.task)
    typed = OverridesParser.create().parse_overrides(of_sweep)
    # By their keys: what was typed as 1e-4 is 0.0001 in a job. Of a key that was typed twice, the last one counts.
    is_swept = {override.get_key_element(): override.is_sweep_override() for override in typed}
    last = {_key(override): override for override in overrides}
    return [override for key, override in last.items() if is_swept.get(key, True)]


def job_name(own: Sequence[str]) -> str | None:
    """What a run among many is called: 'rmsprop, seed=2' from `optimizer=rmsprop` and `seed=2`.

    own: the overrides that other runs have otherwise; None where there are none.

    Short, because MLflow's tables and legends cut a name after two dozen characters. A dotted setting is known by its
    last word, unless it shares that with another.
    """
    last_words = [_last_word(override) for override in own]
    names = [_named(override, last_words.count(_last_word(override)) == 1) for override in own]
    return printable(", ".join(names)) or None


def _named(override: str, is_last_word_enough: bool) -> str:
    key, value = _key(override), override.partition("=")[2]
    if key in (*keys_with("names_itself"), EXPERIMENT):
        return value
    return f"{_last_word(override) if is_last_word_enough else key}={value}"


def _key(override: str) -> str:
    return override.partition("=")[0]


def _last_word(override: str) -> str:
    """Of `optimizer@fine_tune.optimizer` all behind the @: "optimizer" is another setting."""
    key = _key(override)
    return key.rpartition("@")[2] if "@" in key else key.rpartition(".")[2]
