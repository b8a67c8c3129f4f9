"""What a setting may be computed from: YAML files of others must not read the environment of whoever uses them."""

import re
from collections.abc import Iterator
from typing import Any

from omegaconf.errors import OmegaConfBaseException
from omegaconf.grammar_parser import OmegaConfGrammarParser, parse

from crack_exp.system.errors import UserError, shown
from crack_exp.tracking.credentials import SETTING as ADDRESS

HARMLESS = {"now", "run_folder", "hydra"}
"""Resolvers: the time, the folder of a run, and Hydra's own settings."""

ONE_VARIABLE = re.compile(r"\$\{oc\.env:\w+(,[^${}]*)?\}")
"""`${oc.env:MLFLOW_TRACKING_URI,null}`, which the address of the tracking store may be."""


def check_interpolations(settings: Any, key: str = "") -> None:
    """Raise UserError for a text in unresolved `settings` that is computed from more than other settings."""
    if isinstance(settings, dict):
        for name, value in settings.items():
            check_interpolations(value, f"{key}.{name}" if key else str(name))
    elif isinstance(settings, list):
        for index, value in enumerate(settings):
            check_interpolations(value, f"{key}[{index}]")
    elif isinstance(settings, str) and "${" in settings:
        _check(settings, key)


def _check(text: str, key: str) -> None:
    if key == ADDRESS and ONE_VARIABLE.fullmatch(text):
        return
    try:
        others = [name for name in _resolvers(parse(text)) if name not in HARMLESS]
    except OmegaConfBaseException as error:
        raise UserError(f"{key}={shown(text)}: not of the form ${{KEY}}; correct it") from error
    if others:
        raise UserError(
            f"{key}={shown(text)}: a setting may take its value from another one, ${{KEY}}, but not by {others[0]}; "
            f"write the value itself (a variable, ${{oc.env:NAME}}, can be {ADDRESS} alone)"
        )


def _resolvers(node: Any) -> Iterator[str]:
    """The functions that a text calls; one whose name is itself computed, as it is written."""
    if isinstance(node, OmegaConfGrammarParser.InterpolationResolverContext):
        yield node.resolverName().getText()
    for child in getattr(node, "children", None) or []:
        yield from _resolvers(child)
