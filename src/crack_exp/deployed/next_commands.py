"""Commands that a user may want next, as they can be pasted."""

from collections.abc import Sequence
from dataclasses import fields

from crack_exp.config import DeployedConfig
from crack_exp.config.texts import text_override
from crack_exp.system.printed import own_command

SHARED = {field.name for field in fields(DeployedConfig)}
"""Settings of all commands that use a model."""


def predict_command(model: str, images: str) -> str:
    return _command("predict", [text_override("model", model)], "images", images)


def survey_command(model: str, photos: str) -> str:
    return _command("survey", [text_override("model", model)], "photos", photos)


def compare_command(sweep: str) -> str:
    return own_command("compare", [text_override("sweep", sweep)])


def survey_alike(overrides: Sequence[str], photos: str) -> str:
    """A survey by the model, and with the threshold, that a command with these overrides had."""
    shared = [override for override in overrides if override.partition("=")[0].partition(".")[0] in SHARED]
    return _command("survey", shared, "photos", photos)


def _command(verb: str, overrides: Sequence[str], key: str, paths: str) -> str:
    return own_command(verb, [*overrides, text_override(key, paths)])
