"""Trials of a search: their settings, composed as the command composes them, and the best ones as YAML."""

from collections.abc import Collection, Mapping, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from crack_exp.config.compose import composed_here, typed, without_hydra
from crack_exp.config.consistency import check_unused
from crack_exp.config.errors import as_user_errors
from crack_exp.config.overrides import ALLOW_CODE, EXPERIMENT, check_allowed_code
from crack_exp.config.schema import Config
from crack_exp.config.tune_schema import Dimension, as_override
from crack_exp.system.errors import UserError


def overrides_of_trials(fixed: Sequence[str], searched: Collection[str], overrides: Sequence[str]) -> list[str]:
    """What holds for every trial: `tune.fixed`, and what was typed beside settings of the search itself.

    Raises UserError for what no trial can have.
    """
    typed_for_trials = [one for one in overrides if not one.lstrip("+~").startswith(("tune=", "tune."))]
    for override in fixed:
        if override.lstrip("+").startswith(ALLOW_CODE):
            raise UserError(f"tune.fixed: {override}: code of your own is allowed on the command line alone")
    for override in (*fixed, *typed_for_trials):
        if override.lstrip("+").startswith(("resume=", "run_name=")):
            raise UserError(f"{override}: a search names its trials and continues by tune.name=NAME; leave it out")
        if (key := override.partition("=")[0]) in searched:
            raise UserError(f"{override}: is searched (tune.space.{key}); leave one of them out")
    return [*fixed, *typed_for_trials]


def settings_of(overrides: Sequence[str]) -> Config:
    """The settings of `python -m crack_exp.run` with these overrides. Raises UserError for a mistake in them."""
    composed = without_hydra(_composed(overrides))
    check_allowed_code(composed, overrides)
    config = typed(composed)
    check_unused(config, overrides)
    return config


def check_space(space: Mapping[str, Dimension], fixed: Sequence[str]) -> None:
    """Compose every choice and both ends of every range once. Raises UserError for the first that cannot be."""
    first = {key: dimension.extremes[0] for key, dimension in space.items()}
    for key, dimension in space.items():
        for value in dimension.extremes:
            try:
                settings_of([*fixed, *(as_override(*one) for one in (first | {key: value}).items())])
            except UserError as error:
                raise UserError(f"tune.space: {error}") from error


def as_experiment(overrides: Sequence[str], comments: Sequence[str]) -> str:
    """A file for conf/experiment/ that stands for these overrides."""
    groups = _composed(overrides).hydra.runtime.choices
    chosen: list[str | dict[str, str]] = []
    values: DictConfig = OmegaConf.create()
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key = override.get_key_element()
        if key == ALLOW_CODE:
            continue  # stands in the command
        if key == EXPERIMENT:
            chosen.insert(0, str(override.value()))
        elif key in groups:
            chosen.append({f"override /{key}": str(override.value())})
        else:
            OmegaConf.update(values, key, override.value())
    lines = ["# @package _global_", *(f"# {comment}" for comment in comments)]
    parts = [OmegaConf.to_yaml(OmegaConf.create({"defaults": [*chosen, "_self_"]}))] if chosen else []
    parts += [OmegaConf.to_yaml(values)] if values else []
    return "\n".join([*lines, *parts])


def _composed(overrides: Sequence[str]) -> DictConfig:
    with as_user_errors():
        return composed_here("config", overrides)
