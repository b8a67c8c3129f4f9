"""What `--help` answers: every setting as it is typed, with what it means."""

from itertools import product
from pathlib import Path

import pytest

from crack_exp.config.compose import conf_dir
from crack_exp.config.help import as_typed, help_text, settings_of_command
from crack_exp.run_files.folder import register_resolvers
from tests.composing import composed

RUN, PRETRAIN = "config", "pretrain"
DEPLOYED = [f"deployed/{name}" for name in ("predict", "survey", "export", "serve")]
COMMANDS = [RUN, "tune", "compare", PRETRAIN, *DEPLOYED]
GROUPS = ("data", "model", "augment", "optimizer", "fine_tune")


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    register_resolvers()


def every_choice() -> list[str]:
    return [f"{group}={file.stem}" for group in GROUPS for file in Path(conf_dir(), group).glob("[!_]*.yaml")]


@pytest.mark.parametrize(
    ("command", "choice"),
    [*product(COMMANDS, [None]), *product([RUN], every_choice()), ("tune", "tune=fine_tune")],
)
def test_every_setting_has_a_meaning(command: str, choice: str | None) -> None:
    """Its own, or that of the part that it stands in."""
    settings = settings_of_command(command, [choice] if choice else [], [])
    assert len(settings.values) > 8
    for key in settings.values:
        words = key.split(".")
        parts = [".".join(words[:count]) for count in range(1, len(words) + 1)]
        assert any(settings.meanings.get(part) for part in parts), f"{key}: write a comment beside its value in conf/"


@pytest.mark.parametrize("choice", every_choice())
def test_every_choice_says_what_it_is(choice: str) -> None:
    assert settings_of_command(RUN, [], []).about[choice].endswith("."), "write it below the first line of the file"


def test_a_meaning_stands_beside_its_value() -> None:
    lines = help_text(RUN, [], []).splitlines()
    (row,) = [number for number, line in enumerate(lines) if line.startswith("  data.size_px=")]
    assert lines[row] == "  data.size_px=227                side of an image, in pixels"


def test_settings_of_files_that_are_not_chosen_are_shown() -> None:
    words = help_text(RUN, [], []).split()
    for typed in (
        "data.group_pattern=null",
        "data.path=...",
        "optimizer.momentum=0.9",
        "experiment=smoke",
        "data=ccic",
    ):
        assert typed in words
    assert not [word for word in words if "_common" in word]


def test_a_command_shows_its_own_groups_alone() -> None:
    words = help_text(PRETRAIN, [], []).split()
    assert "optimizer=sgd" in words
    assert not [word for word in words if word.startswith(("data=", "experiment=", "tune=", "augment="))]


def test_what_was_typed_beside_it_is_chosen() -> None:
    words = help_text(RUN, ["data=folder", "data.path=walls", "seed=7"], []).split()
    assert "data.path=walls" in words and "seed=7" in words and "data.images=2000" in words


def test_files_of_ones_own_are_choices(tmp_path: Path) -> None:
    (tmp_path / "optimizer").mkdir()
    own = tmp_path / "optimizer" / "lion.yaml"
    own.write_text(
        "# python -m ...\n# Lion, of mine.\n_target_: keras.optimizers.Lion\nbeta_1: 0.9  # of the moving mean\n"
    )
    shown = " ".join(help_text(RUN, [], [str(tmp_path)]).split())
    assert "optimizer=lion Lion, of mine. optimizer.beta_1=0.9 of the moving mean" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_it_fits_a_terminal_of_80_columns(command: str) -> None:
    wide = [line for line in help_text(command, [], []).splitlines() if len(line) > 80 and " " in line.strip()]
    assert not wide


@pytest.mark.parametrize("command", COMMANDS)
def test_what_it_shows_can_be_typed(command: str) -> None:
    """All but what is computed, and the space of a search."""
    values = settings_of_command(command, [], []).values
    typed = [as_typed(key, value) for key, value in values.items() if "${" not in str(value) and "space" not in key]
    assert len(typed) > 8
    again = settings_of_command(command, [one for one in typed if "allow_code" not in one], []).values
    assert again == values
    composed(*typed, config=command)
