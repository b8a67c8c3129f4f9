"""Options and settings come in any order."""

import pytest

from crack_exp.config.overrides import flags_first


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
