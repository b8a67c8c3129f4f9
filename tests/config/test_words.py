"""Usual mistakes in typing a command get a sentence that says what to type."""

from pathlib import Path

import pytest

from crack_exp.config.help import known_settings
from crack_exp.config.words import check_words, parted
from crack_exp.run_files.folder import register_resolvers
from crack_exp.system.errors import UserError
from tests.commands import REPOSITORY

CONFIG = {"run": "config", "predict": "deployed/predict", "survey": "deployed/survey", "tune": "tune"}


def told(*words: str, verb: str = "run") -> str:
    register_resolvers()
    with pytest.raises(UserError) as raised:
        check_words(parted(words), verb, lambda: known_settings(CONFIG[verb]))
    return str(raised.value)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--epochs 5", "--epochs 5: settings have no dashes; type training.epochs=5 or fine_tune.epochs=5"),
        ("--seed=3", "--seed=3: settings have no dashes; type seed=3"),
        ("–seed 3", "–seed 3: settings have no dashes; type seed=3"),
        ("-–seed=3", "-–seed=3: settings have no dashes; type seed=3"),
        ("--batch-size 64", "--batch-size 64: settings have no dashes; type training.batch_size=64"),
        ("--group_pattern", "--group_pattern: settings have no dashes; type data.group_pattern=VALUE"),
        ("--nonsense", "--nonsense: settings have no dashes; type key=value; see what there is by --help"),
        ("--multi seed=1,2", "--multi: no such option; did you mean --multirun?"),
        ("--config-dir", "--config-dir: needs a value behind it; see what there is by --help"),
        ("seed = 3", "seed: type seed=VALUE, without blanks round the equals sign"),
        ("seed =3", "seed: type seed=VALUE, without blanks round the equals sign"),
        ("seed= 3", "seed: type seed=VALUE, without blanks round the equals sign"),
        ("-m optimizer=adam, sgd", "optimizer=adam, sgd: a list has no blanks; type optimizer=adam,sgd"),
        ("run", "run: this command is crack_exp.run; leave run out"),
        ("tune", "tune: this command is crack_exp.run; leave tune out, or start crack_exp.tune in its place"),
        ("training.epochs", "training.epochs: has no value; type training.epochs=VALUE"),
        ("epochs", "epochs: not of the form key=value; did you mean training.epochs=VALUE or fine_tune.epochs=VALUE?"),
        ("5", "5: not of the form key=value; see what there is by --help"),
        ("data=_common", "data=_common: no such choice; data can be ccic, folder, sdnet2018, synthetic, table"),
        (
            "data.path=my folder",
            "folder: not of the form key=value; if it belongs to data.path=my, put quotes round: "
            "'data.path=\"my folder\"'",
        ),
    ],
)
def test_a_mistake_in_typing_is_told(typed: str, said: str) -> None:
    assert told(*typed.split(" ")).startswith(said)


def test_files_without_a_name_are_told_the_name(tmp_path: Path) -> None:
    assert told("my photos", verb="predict").endswith("type 'images=\"my photos\"'")
    assert told("walls", verb="survey").endswith("type photos=walls")
    assert told(str(tmp_path)).endswith(f"for images of your own type data=folder data.path={tmp_path}")


def test_each_command_knows_its_own_settings() -> None:
    assert told("--trials", "9", verb="tune").endswith("type tune.trials=9")
    assert "see what there is" in told("--trials", "9")


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["seed=1", "help"], ["--help", "run"], ["?"]])
def test_help_is_asked_for(words: list[str]) -> None:
    assert parted(words).ask_help


def test_what_may_be_typed_is_not_refused() -> None:
    words = [
        *("--config-dir", "my_conf", "-m", "--cfg", "job", "--info"),
        *("seed=1,2", "+optimizer.x=-1", "~augment", "a="),
    ]
    typed = parted(words)
    check_words(typed, "run", lambda: [])
    assert typed.options == words[:6] and typed.settings == words[6:] and not typed.ask_help


def test_every_command_is_known() -> None:
    from crack_exp.config.words import VERBS

    folders = {file.parent.name for file in (REPOSITORY / "src" / "crack_exp").glob("*/__main__.py")}
    assert set(VERBS) == folders
