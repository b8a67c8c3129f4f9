"""Texts come through Hydra and OmegaConf as they are, whatever they hold."""

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from crack_exp.config import to_yaml, typed
from crack_exp.config.texts import text_override
from tests.composing import settings
from tests.hostile_names import NAMES, STEERING


@pytest.mark.parametrize("name", [*NAMES, *STEERING])
def test_every_name_is_read_as_it_was_typed_for_hydra(name: str) -> None:
    override = OverridesParser.create().parse_override(text_override("run_name", name))
    read = OmegaConf.create({"run_name": None})
    OmegaConf.update(read, "run_name", override.value())
    assert read.run_name == name


@pytest.mark.parametrize("path", ["outputs/2026-11-28/20-49-49", "/a/b.c", "models:/x@1"])
def test_a_plain_path_has_no_quotes(path: str) -> None:
    assert text_override("resume", path) == f"resume={path}"


def test_a_name_with_spaces_is_easy_to_read() -> None:
    assert text_override("resume", "Bridge 7 (copy), v=2") == 'resume="Bridge 7 (copy), v=2"'


@pytest.mark.parametrize("name", ["${oc.env:HOME}", "\\${seed}", "$$", "Bridge 7 (copy), v=2", "裂缝", "null"])
def test_a_resumed_run_reads_the_names_that_it_began_with(name: str, tmp_path: Path) -> None:
    begun = settings("data=folder", text_override("data.path", name))
    assert getattr(begun.data, "path") == name  # noqa: B009 (of one source alone)
    (tmp_path / "config.yaml").write_text(to_yaml(begun))
    loaded = OmegaConf.load(tmp_path / "config.yaml")
    assert OmegaConf.is_dict(loaded) and typed(loaded) == begun  # type: ignore[arg-type]
