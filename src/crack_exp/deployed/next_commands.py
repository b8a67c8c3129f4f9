"""Commands that a user may want next, as they can be pasted."""

from collections.abc import Sequence
from dataclasses import asdict, fields

from crack_exp.config import DeployedConfig, default_settings
from crack_exp.config.schema import TrackingConfig
from crack_exp.config.texts import text_override
from crack_exp.config.tune_schema import as_override
from crack_exp.system.printed import own_command

SHARED = {field.name for field in fields(DeployedConfig)}
"""Settings of all commands that use a model."""


def predict_command(model: str, images: str) -> str:
    return _command("predict", [text_override("model", model)], "images", images)


def survey_command(model: str, photos: str) -> str:
    return _command("survey", [text_override("model", model)], "photos", photos)


def compare_command(sweep: str, tracking: TrackingConfig) -> str:
    """Significance tests of the runs of a sweep; it names where these are recorded, if that is not the usual place."""
    usual = asdict(default_settings().tracking)
    elsewhere = {key: value for key, value in asdict(tracking).items() if value != usual[key]}
    words = [as_override(f"tracking.{key}", value) for key, value in elsewhere.items()]
    return own_command("compare", [text_override("sweep", sweep), *words])


def survey_alike(overrides: Sequence[str], photos: str) -> str:
    """A survey by the model, and with the threshold, that a command with these overrides had."""
    shared = [override for override in overrides if override.partition("=")[0].partition(".")[0] in SHARED]
    return _command("survey", shared, "photos", photos)


def _command(verb: str, overrides: Sequence[str], key: str, paths: str) -> str:
    return own_command(verb, [*overrides, text_override(key, paths)])
