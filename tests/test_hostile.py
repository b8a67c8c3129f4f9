"""Wrong settings of every kind, by the hundred: one sentence for each, and nothing is written, started or connected to.

`make check-hostile` tries 2,000, every time others; the suite tries 200, always the same.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf

from crack_exp.config import (
    ExportConfig,
    PredictConfig,
    ServeConfig,
    SurveyConfig,
    build,
    typed,
    typed_comparison,
    typed_deployed,
    typed_pretraining,
    typed_tuning,
)
from crack_exp.config.consistency import check_unused
from crack_exp.config.errors import user_error_sentence
from crack_exp.config.kinds import AUGMENTATION, OPTIMIZER
from crack_exp.config.overrides import check_allowed_code
from crack_exp.config.pretrain_schema import check_unused_by_pretraining
from crack_exp.config.trials import overrides_of_trials
from crack_exp.system.errors import MAX_SENTENCE
from crack_exp.system.printed import UNPRINTABLE
from tests.commands import crack_exp
from tests.composing import composed
from tests.contents import contents

WANTED = int(os.environ.get("CRACK_EXP_HOSTILE", 200))
"""How many settings are tried: one in five as typed words, the others as what a YAML file may hold."""

TRIED = settings(
    derandomize="CRACK_EXP_HOSTILE" not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Command:
    """config: its main file; check: what it does with settings and overrides before its job."""

    config: str
    check: Callable[[DictConfig, list[str]], object]


def check_run(composed: DictConfig, overrides: list[str]) -> None:
    config = typed(composed)
    check_unused(config, overrides)
    for node in (config.optimizer, config.fine_tune.optimizer):
        build(node, "optimizer", OPTIMIZER)
    for node in config.augment.layers:
        build(node, "augment.layers", AUGMENTATION)


def check_pretraining(composed: DictConfig, overrides: list[str]) -> None:
    config = typed_pretraining(composed)
    check_unused_by_pretraining(config, overrides)
    build(config.optimizer, "optimizer", OPTIMIZER)


def check_search(composed: DictConfig, overrides: list[str]) -> None:
    config = typed_tuning(composed)
    overrides_of_trials(config.fixed, config.space, overrides)


COMMANDS = {
    "run": Command("config", check_run),
    "tune": Command("tune", check_search),
    "pretrain": Command("pretrain", check_pretraining),
    "compare": Command("compare", lambda composed, _: typed_comparison(composed)),
    "predict": Command("deployed/predict", lambda composed, _: typed_deployed(composed, PredictConfig)),
    "survey": Command("deployed/survey", lambda composed, _: typed_deployed(composed, SurveyConfig)),
    "export": Command("deployed/export", lambda composed, _: typed_deployed(composed, ExportConfig)),
    "serve": Command("deployed/serve", lambda composed, _: typed_deployed(composed, ServeConfig)),
}

NUMBERS: list[Any] = [
    0,
    -1,
    1,
    5,
    0.5,
    1e308,
    -1e308,
    1e-320,
    float("nan"),
    float("inf"),
    10**11,
    10**20,
    2**63,
    -(10**300),
]
TEXTS = [
    *("", " ", "null", "nan", "abc", "[/a]", "=1+1", "$x$", "a" * 300, "b" * 20_000, "../../etc/passwd", "/dev/null/x"),
    *(
        "a\0b",
        "a\nb",
        "\x1b[31mred",
        "\ud800",
        "\udcff",
        "\u202egnp.exe",
        "${oc.env:HOME}",
        "${run_name}",
        "${",
        "${${a}:b}",
    ),
    *("http://me:secret@host/", "file:///etc/passwd", "os.system", "keras.layers.Lambda", "(", "(a+)+$", "1/0", "١/٢"),
]
TARGETS = ["os.system", "builtins.eval", "keras.saving.deserialize_keras_object", "keras.layers.Flatten", "", 3, None]
NODES: list[Any] = [
    *({"_target_": target, "command": "touch made"} for target in TARGETS),
    {"class_name": "Lambda", "module": "keras.layers", "config": {"function": {"class_name": "__lambda__"}}},
    {"_target_": "keras.optimizers.Adam", "_args_": [-1]},
    {"low": 1, "high": float("inf")},
    {1: 2},
    {"": {"": []}},
]
scalars = st.sampled_from([None, True, False, *NUMBERS, *TEXTS]) | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars | st.sampled_from(NODES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=4,
)
WORDS = [
    *(
        "3",
        "-1",
        "1e308",
        "nan",
        "inf",
        "9" * 5000,
        "null",
        "true",
        "[]",
        "{}",
        "[1,[2]]",
        "{a:{b:1}}",
        "'a\"b'",
        "a b",
        "",
        "[",
        "${",
    ),
    *(
        "${seed}",
        "${oc.env:HOME}",
        "choice(1,2)",
        "range(1,9)",
        "glob(*)",
        "1,2",
        "[" * 200,
        "x" * 20_000,
        "'\x1b[2J'",
        "\udcff",
    ),
    *("../../../etc/passwd", "/dev/null/x", "{_target_: os.system, command: true}", "???", "\\", "'", "a=b", "@", "~"),
]
PREFIXES = ["", "", "", "+", "++", "~", "-"]


@cache
def defaults(command: str) -> DictConfig:
    return composed(config=COMMANDS[command].config)


@cache
def keys(command: str) -> list[str]:
    """Every setting of a command, groups of them, and some that are none."""
    found = list(_keys(OmegaConf.to_container(defaults(command), resolve=False)))
    return [*found, "nonsense", "hydra", "tune.space.seed", "a.b", "", "data.path", "optimizer@fine_tune.optimizer"]


def _keys(node: Any, key: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{key}{name}"
            yield from _keys(value, f"{key}{name}.")


def with_changes(composed: DictConfig, changes: dict[str, Any]) -> dict[Any, Any]:
    """The settings as plain values, with others at these keys, in groups that are made where there are none."""
    changed: Any = OmegaConf.to_container(composed, resolve=False)
    for key, value in changes.items():
        *groups, name = key.split(".")
        owner = changed
        for group in groups:
            if not isinstance(owner.get(group), dict):
                owner[group] = {}
            owner = owner[group]
        owner[name] = value
    return changed


settings_of_files = st.sampled_from(sorted(COMMANDS)).flatmap(
    lambda command: st.tuples(
        st.just(command), st.dictionaries(st.sampled_from(keys(command)), values, min_size=1, max_size=2)
    )
)
typed_words = st.sampled_from(sorted(COMMANDS)).flatmap(
    lambda command: st.tuples(
        st.just(command),
        st.lists(
            st.builds(
                "{}{}={}".format,
                st.sampled_from(PREFIXES),
                st.sampled_from(
                    [*keys(command), "hydra.run.dir", "hydra.launcher", "hydra/launcher", "hydra.job.env_copy"]
                ),
                st.sampled_from(WORDS),
            ),
            min_size=1,
            max_size=2,
        ),
    )
)

EFFECTS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
EFFECTS |= {"subprocess.Popen", "socket.connect", "os.symlink", "os.link", "os.truncate", "os.chmod", "shutil.rmtree"}
seen: list[str] | None = None


def note(event: str, arguments: tuple[Any, ...]) -> None:
    """Keep what would change something outside of this process, while `seen` is a list."""
    if seen is None:
        return
    if event in EFFECTS or (event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")):
        seen.append(f"{event} {arguments}")


@pytest.fixture(scope="module", autouse=True)
def audited() -> None:
    sys.addaudithook(note)  # stays for this process, and does nothing outside of `nothing_happens`


@contextmanager
def nothing_happens() -> Iterator[None]:
    """Fails where something is written, started or connected to inside."""
    global seen
    seen = []
    try:
        yield
        happened = [one for one in seen if ".pyc" not in one]
    finally:
        seen = None
    assert happened == []


def refused_or_taken(check: Callable[[], object]) -> None:
    """Fails for anything but success and one plain sentence."""
    with nothing_happens():
        try:
            check()
        except Exception as error:
            sentence = user_error_sentence(error)
            if sentence is None:
                raise
            assert sentence and not UNPRINTABLE.search(sentence) and len(sentence) <= MAX_SENTENCE + 10, sentence


@given(settings_of_files)
@settings(TRIED, max_examples=WANTED * 4 // 5)
def test_whatever_a_file_holds_is_taken_or_refused_in_a_sentence(tried: tuple[str, dict[str, Any]]) -> None:
    command, changes = tried

    def check() -> None:
        changed = DictConfig(with_changes(defaults(command), changes))
        check_allowed_code(changed, [])
        COMMANDS[command].check(changed, [])

    refused_or_taken(check)


@given(typed_words)
@settings(TRIED, max_examples=WANTED // 5)
def test_whatever_is_typed_is_taken_or_refused_in_a_sentence(tried: tuple[str, list[str]]) -> None:
    command, words = tried

    def check() -> None:
        found = composed(*words, config=COMMANDS[command].config)
        check_allowed_code(found, words)
        COMMANDS[command].check(found, words)

    refused_or_taken(check)


@pytest.fixture
def house(make_home: Callable[[], Path], painted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What belongs to a user: `work`, where commands start, `images`, a folder for `tmp` and one for the `cache`.

    Not the home folder, where libraries have files of their own (the fonts of matplotlib, the settings of Keras).
    """
    shutil.copytree(painted, tmp_path / "images")
    (tmp_path / "images" / "notes.txt").write_text("mine")
    shutil.copytree(make_home(), tmp_path / "work")
    (tmp_path / "work" / "empty").mkdir()
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    harm = "hydra: {callbacks: {theirs: {_target_: builtins.open, file: made, mode: w}}}"
    (tmp_path / "conf" / "experiment" / "theirs.yaml").write_text(f"# @package _global_\n{harm}\n")
    for variable, name in (("TMPDIR", "tmp"), ("CRACK_EXP_CACHE", "cache")):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / name))
    return tmp_path


MISTAKES = [
    ("run", "seed=-1"),
    ("run", "hydra.run.dir=empty seed=-1"),
    ("run", "hydra.run.dir=/dev/null/x"),
    ("run", "hydra.run.dir=../images/notes.txt"),
    ("run", f"hydra.run.dir={'x' * 300}"),
    ("run", "hydra.job_logging=3"),
    ("run", f"data=folder data.path={'y' * 300}"),
    ("run", "--config-dir ../conf experiment=theirs"),
    ("run", "resume=../images"),
    ("tune", "tune.name=../../images"),
    ("predict", "images=../images model=../images/notes.txt"),
    ("survey", "photos=/dev/null/x"),
]


def test_a_refused_command_leaves_everything_as_it_was(house: Path) -> None:
    """But for folders of runs, MLflow's file and the cache, which are the program's own."""
    before = of_the_user(house)
    for verb, words in MISTAKES:
        done = crack_exp(*words.split(), verb=verb, cwd=house / "work")
        said = [line for line in done.stderr.splitlines() if line.startswith("crack_exp: ")]
        assert done.returncode == 1 and len(said) == 1, (verb, words, done.stderr)
        assert "Traceback" not in done.stderr and not UNPRINTABLE.search(said[0]) and len(said[0]) <= MAX_SENTENCE
        assert of_the_user(house) == before, (verb, words)


def test_a_run_changes_nothing_outside_of_its_folder_its_store_and_its_cache(house: Path, tiny_head: list[str]) -> None:
    before = of_the_user(house)
    settings = [one for one in tiny_head if not one.startswith("data.")]
    done = crack_exp(*settings, "data=folder", f"data.path={house / 'images'}", cwd=house / "work")
    assert done.returncode == 0, done.stderr
    assert of_the_user(house) == before
    assert list(house.glob("work/outputs/*/*/report.html"))


def of_the_user(house: Path) -> dict[str, str]:
    own = ("work/outputs", "work/mlruns", "cache")
    return {name: content for name, content in contents(house).items() if not name.startswith(own)}
