"""Options and settings come in any order."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from crack_exp.config.overrides import flags_first
from crack_exp.config.texts import text_override


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("seed=1 -m optimizer=adam,sgd", "-m seed=1 optimizer=adam,sgd"),
        ("seed=1 --config-dir mine experiment=x -m", "--config-dir mine -m seed=1 experiment=x"),
        ("a=1 --config-dir=mine ~b", "--config-dir=mine a=1 ~b"),
        ("a=1 -m ~b", "-m a=1 ~b"),
        ("a=1 --cfg job b=2", "--cfg job a=1 b=2"),
        ("a=1 --config-dir v=2/mine -m", "--config-dir v=2/mine -m a=1"),
        ("a=-1 +b=2", "a=-1 +b=2"),
        ("", ""),
    ],
)
def test_options_come_to_stand_before_settings(typed: str, read: str) -> None:
    assert flags_first(typed.split()) == read.split()


@pytest.mark.parametrize("path", ["outputs/2026-11-28/20-49-49", "/my [walls]/it's/run (1)", "C:\\walls\\a, b", "a=b"])
def test_a_path_in_an_override_is_read_by_hydra_as_it_is(path: str) -> None:
    (override,) = OverridesParser.create().parse_overrides([text_override("resume", path)])
    assert override.value() == path


def test_a_plain_path_has_no_quotes() -> None:
    assert text_override("resume", "outputs/2026-11-28/20-49-49") == "resume=outputs/2026-11-28/20-49-49"
