"""The labelled images of a data source, and what is told of them before TensorFlow is imported, which takes seconds."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from crack_exp.config.consistency import check_unused_by_given_splits
from crack_exp.config.schema import CcicConfig, DataConfig, SyntheticConfig
from crack_exp.data.examples import SPLIT_NAMES, Example
from crack_exp.data.intact_classes import choose_intact
from crack_exp.data.sources.sources import SOURCES


def find_at_hand(config: DataConfig, overrides: Sequence[str]) -> list[Example] | None:
    """The examples, with their classes checked; None where images are painted, downloaded or unpacked first.

    Raises UserError for bad data.
    """
    if isinstance(config, SyntheticConfig) or (isinstance(config, CcicConfig) and not _lies_unpacked(config.path)):
        return None
    found = find_examples(config, overrides)
    choose_intact(sorted({example.label for example in found}), config.intact)
    return found


def find_examples(config: DataConfig, overrides: Sequence[str]) -> list[Example]:
    """The examples of the source, whatever it takes. Raises UserError for bad data."""
    found = SOURCES[config.source](**_own_settings(config))
    if {example.given_split for example in found} == set(SPLIT_NAMES):
        check_unused_by_given_splits(overrides)
    return found


def _lies_unpacked(path: str | None) -> bool:
    """Or should: what does not exist is refused at once."""
    return path is not None and not Path(path).expanduser().is_file()


def _own_settings(config: DataConfig) -> dict[str, Any]:
    """The arguments of the source's function: the settings that its schema adds to those of every source."""
    common = {field.name for field in fields(DataConfig)}
    own = {field.name: getattr(config, field.name) for field in fields(config) if field.name not in common}
    return own | {"folder": Path(own["folder"])} if "folder" in own else own
