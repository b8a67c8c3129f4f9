"""Every command that the program prints works when it is pasted: in any shell's quotes and in Hydra's."""

import ast
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from crack_exp.config.overrides import command_line, flags_first
from crack_exp.config.schema import TrackingConfig
from crack_exp.deployed.next_commands import compare_command, predict_command, survey_alike, survey_command
from crack_exp.export.summary import next_command
from crack_exp.run_files.resume import hint_at_resuming
from crack_exp.tracking.address import mlflow_command, ui_command, upgrade_command
from crack_exp.tune.next_commands import continue_command, run_command, verify_command
from tests.composing import settings
from tests.hostile_names import NAMES, STEERING
from tests.test_architecture import SOURCES

TAGS = {"run/record.py", "sweep/jobs.py"}
"""They keep the words of a command in a tag of MLflow, from where the program reads them."""

CALLS = {
    *("config/overrides.py command_line", "deployed/next_commands.py compare_command"),
    *("deployed/next_commands.py _command", "export/summary.py next_command", "run_files/folder.py resume_command"),
    *("tracking/address.py ui_command", "tracking/address.py mlflow_command", "tracking/address.py upgrade_command"),
    "tune/next_commands.py continue_command",
    *("tune/next_commands.py run_command", "tune/next_commands.py verify_command"),
    *("model/weights.py _cached_file", "tracking/lineage.py _command", "pretrain/record.py log_weights"),
    *("__main__.py _no_command", "config/words.py _told", "config/words.py _typed"),
    "deployed/ship_painted_card.py write_card",
}
"""All functions that make a command. Each is tried below, but for the last seven: their words were typed, or ours."""


def words_of(line: str) -> list[str]:
    """What a program is given when `line` is pasted into a shell."""
    assert line.isprintable(), "a terminal would obey it"
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


def settings_in(line: str) -> dict[str, object]:
    """The settings of a pasted command of this program, as Hydra and OmegaConf read them."""
    python, m, module, *words = words_of(line)
    assert (python, m, module.partition(".")[0]) == ("python", "-m", "crack_exp")
    overrides = [word for word in flags_first(words) if "=" in word and not word.startswith(("-", "/"))]
    read = OmegaConf.create()
    for override in OverridesParser.create().parse_overrides(overrides):
        OmegaConf.update(read, override.get_key_element(), override.value(), force_add=True)
    return {key: OmegaConf.select(read, key) for key in (one.partition("=")[0] for one in overrides)}


@pytest.fixture(params=[*NAMES, *STEERING])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_commands_that_use_a_model_work_in_a_folder_of_any_name(name: str) -> None:
    folder = str(Path("/work", name, "outputs"))
    assert settings_in(predict_command(folder, name)) == {"model": folder, "images": name}
    assert settings_in(survey_command(folder, name)) == {"model": folder, "photos": name}
    assert settings_in(survey_alike(["model=latest", "images=x"], folder)) == {"model": "latest", "photos": folder}
    assert words_of(next_command("onnx", Path(folder)))[2:] == [folder, "photo.jpg"]


def test_a_killed_run_is_resumed_in_a_folder_of_any_name(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "crack_exp")
    folder = Path("/work", name, "outputs")
    with pytest.raises(KeyboardInterrupt), hint_at_resuming(settings(), folder, "run"):
        raise KeyboardInterrupt
    _, at_start, at_end = (record.getMessage() for record in caplog.records)
    for line in (at_start, at_end):
        assert settings_in(line.partition("resume with: ")[2]) == {"resume": str(folder)}


def test_commands_of_mlflow_work_in_a_folder_of_any_name(name: str) -> None:
    uri = f"sqlite:////data/{name}/mlflow.db"
    assert words_of(ui_command(uri))[-1] == words_of(upgrade_command(uri))[-1] == uri
    assert words_of(ui_command(f"http://a.b/{name}"))[-1] == f"http://a.b/{name}"
    assignment, *words = words_of(mlflow_command(uri, "runs", "restore", "--run-id", "1"))
    assert assignment == f"MLFLOW_TRACKING_URI={uri}" and words[1:] == ["runs", "restore", "--run-id", "1"]


def test_a_comparison_names_the_sweep_and_where_it_is_recorded(name: str) -> None:
    usual = settings().tracking
    assert settings_in(compare_command(name, usual)) == {"sweep": name}
    other = TrackingConfig(experiment=name, uri=None, folder=f"/data/{name}")
    expected = {"sweep": name, "tracking.experiment": name, "tracking.folder": f"/data/{name}"}
    assert settings_in(compare_command(name, other)) == expected


def test_a_study_is_used_and_continued_in_a_folder_of_any_name(name: str) -> None:
    folder = Path("/work", name)
    line = run_command(folder, "Größe-1", [])
    assert settings_in(line) == {"experiment": "Größe-1"} and str(folder) in words_of(line)
    *flags, both, seeds = words_of(verify_command(folder, "null", [2, 3], []))
    assert flags[-2:] == ["--config-dir", str(folder)] and seeds == "seed=2,3"
    sweep = OverridesParser.create().parse_override(both)
    assert [str(one) for one in sweep.sweep_string_iterator()] == ["null-start", '"null"']
    assert settings_in(continue_command("python -m crack_exp.tune", "2031")) == {"tune.name": "2031"}


def test_the_command_that_repeats_a_run_has_its_words_as_they_were_typed(name: str) -> None:
    typed = f'data.path="{name}"'
    assert words_of(command_line("run", [typed]))[3:] == [typed]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def called(node: ast.AST) -> set[str]:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return {ast.unparse(one).rpartition(".")[2] for one in calls}


def with_values(source: str) -> list[str]:
    """Texts in `source` that put values into a command themselves."""
    texts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    shown = [ast.unparse(node) for node in texts]
    return [one for one in shown if "python -m " in one and "{" in one.partition("python -m ")[2].partition(";")[0]]


def test_one_place_quotes_commands_and_all_that_use_it_are_tried_here() -> None:
    assert {path for path, source in SOURCES.items() if "shlex.quote" in source} == {"system/printed.py"}
    assert {path for path, source in SOURCES.items() if "shlex.join" in source} == TAGS
    assert {path: with_values(source) for path, source in SOURCES.items() if with_values(source)} == {}
    found = {
        f"{path} {function.name}"
        for path, source in SOURCES.items()
        for function in functions(ast.parse(source))
        if {"own_command", "shell_command"} & called(function) and path != "system/printed.py"
    }
    assert found == CALLS


def test_the_check_sees_a_command_that_is_put_together_by_hand() -> None:
    assert with_values('f"python -m crack_exp.compare sweep={name}"') != []
    assert with_values('f"{path}: made by python -m crack_exp.run"') == []
