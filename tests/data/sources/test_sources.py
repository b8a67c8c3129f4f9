"""Every data source has a function, a schema with its arguments, and a YAML file."""

import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from crack_exp.config import conf_dir
from crack_exp.config.schema import DATA_SCHEMAS, DataConfig
from crack_exp.data.sources.sources import SOURCES


def test_known_sources_are_there() -> None:
    assert {"synthetic", "folder", "table", "ccic", "sdnet2018"} == set(SOURCES) == set(DATA_SCHEMAS)
    assert {path.stem for path in Path(conf_dir(), "data").glob("[!_]*.yaml")} == set(SOURCES)


@pytest.mark.parametrize("name", SOURCES)
def test_a_schema_has_a_field_for_each_argument(name: str) -> None:
    own = {field.name for field in fields(DATA_SCHEMAS[name])} - {field.name for field in fields(DataConfig)}
    assert own == set(inspect.signature(SOURCES[name]).parameters)
    assert "location" in vars(DATA_SCHEMAS[name]), "where its images come from, for MLflow"
