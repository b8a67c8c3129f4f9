"""Code of one's own is allowed by the command line, never by a file."""

from pathlib import Path
from typing import Any

import pytest

from crack_exp.command import call
from crack_exp.config.trials import overrides_of_trials
from crack_exp.system.errors import UserError

ALLOWED = "allow_code=[my_package]"


def allowed(*overrides: str) -> Any:
    """The packages that the job of these overrides may use."""
    return call("config", lambda composed, *_: composed.allow_code, list(overrides))


def test_nothing_is_allowed_unless_it_is_typed() -> None:
    assert allowed() == []
    assert allowed(ALLOWED) == ["my_package"]


@pytest.mark.parametrize("value", ["[harm]", "${run_name}", "harm"])
def test_no_file_allows_code(value: str, tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "theirs.yaml").write_text(f"# @package _global_\nallow_code: {value}\nrun_name: harm\n")
    theirs = [f"hydra.searchpath=[{tmp_path}]", "experiment=theirs"]
    for overrides in (theirs, [*theirs, "optimizer=sgd"]):
        with pytest.raises(UserError, match=r"^allow_code=.*harm.*: stands in a file; "):
            allowed(*overrides)
    assert allowed(*theirs, ALLOWED) == ["my_package"]


def test_the_folder_of_a_run_does_not_either(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    (tmp_path / "config.yaml").write_text("allow_code: [harm]\n")
    resume = f"resume={tmp_path}"
    assert allowed(resume) == []
    assert allowed(resume, ALLOWED) == ["my_package"]
    with pytest.raises(UserError, match="a resumed run keeps its settings; leave out seed=2"):
        allowed(resume, ALLOWED, "seed=2")


def test_nor_do_the_fixed_settings_of_a_search() -> None:
    assert overrides_of_trials([], [], [ALLOWED, "tune.trials=3"]) == [ALLOWED]
    for hidden in ("allow_code=[harm]", "+allow_code=[harm]", "++allow_code=[harm]"):
        with pytest.raises(UserError, match="tune.fixed: .*allowed on the command line alone"):
            overrides_of_trials([hidden], [], [])
