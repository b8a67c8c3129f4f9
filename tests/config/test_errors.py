"""A user's mistake is one sentence and exit code 1; a bug keeps its traceback."""

import errno
import os
from pathlib import Path

import pytest
from hydra.errors import ConfigCompositionException

from crack_exp.command import call
from crack_exp.config import PredictConfig, errors, typed, typed_deployed
from crack_exp.config.errors import FULL_ERROR, hydra_errors_raised, user_error_sentence
from crack_exp.config.trials import settings_of
from crack_exp.data.intact_classes import choose_intact
from crack_exp.system.errors import UserError
from tests.composing import composed, told, told_of


def caught(call: object) -> BaseException:
    assert callable(call)
    with pytest.raises(BaseException) as raised:
        call()
    return raised.value


def ours() -> None:
    choose_intact(["cracked", "intact"], ["whole"])


def raised(error: Exception) -> BaseException:
    def fail() -> None:
        raise error

    return caught(fail)


def test_a_user_error_is_told_as_it_is() -> None:
    said = user_error_sentence(caught(ours))
    assert said is not None and said.startswith("data.intact: there is no class 'whole'")


def test_what_a_library_raises_is_a_bug() -> None:
    assert user_error_sentence(raised(ValueError("raised outside of the package"))) is None
    assert user_error_sentence(raised(KeyError("key"))) is None
    assert user_error_sentence(raised(FileNotFoundError(errno.ENOENT, "No such file", "settings.json"))) is None


def test_any_other_error_in_our_code_is_a_bug() -> None:
    assert user_error_sentence(caught(lambda: choose_intact(3, None))) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_takes_no_files_is_the_users_to_mend(code: int) -> None:
    said = user_error_sentence(raised(OSError(code, os.strerror(code), "/outputs/model.keras")))
    assert said == f"/outputs/model.keras: {os.strerror(code)}; make room, or choose another folder"


NOT_OF_THE_FORM = "not of the form key=value; put quotes round special characters"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optimizer=adamm", "optimizer=adamm: no such choice; optimizer can be adam, adamw, nadam, rmsprop, sgd"),
        (
            "optimizer=Adam",
            "optimizer=Adam: no such choice; optimizer can be adam, adamw, nadam, rmsprop, sgd; did you mean ",
        ),
        ("model=mobilenetv2", "model=mobilenetv2: no such choice; model can be "),
        (
            "data=walls_2025",
            "data=walls_2025: no such choice; data can be ccic, folder, sdnet2018, synthetic, table; for images of "
            "your own say data=folder data.path=walls_2025",
        ),
        ("lr=1", "lr: no such setting; did you mean optimizer.learning_rate or fine_tune.optimizer.learning_rate?"),
        (
            "training.learning_rate=1",
            "training.learning_rate: no such setting; did you mean optimizer.learning_rate or ",
        ),
        ("training.epoch=1", "training.epoch: no such setting; did you mean training.epochs?"),
        ("epochs=1", "epochs: no such setting; did you mean training.epochs or fine_tune.epochs?"),
        ("weights=none", "weights: no such setting; did you mean model.weights?"),
        ("nonsense=1", "nonsense: no such setting; the configuration has allow_code, augment, data, evaluation, "),
        (
            "optimizer.learning_rate=0,001",
            "optimizer.learning_rate=0,001: a decimal number has a point, no comma: optimizer.learning_rate=0.001",
        ),
        ("data.mm_per_px=1,05", "data.mm_per_px=1,05: a decimal number has a point, no comma: data.mm_per_px=1.05"),
        ("augment=null", "augment=null: no such choice; augment can be flips, none, photometric"),
        ("data=3", "data=3: no such choice; data can be ccic, folder, sdnet2018, synthetic, table"),
        ("training=[default,slow]", "training=slow: no such choice; training can be default"),
        ("training.epochs", "training.epochs: not of the form key=value; "),
        ("data.group_pattern=(", f"data.group_pattern=(: {NOT_OF_THE_FORM}: 'data.group_pattern=\"(\"'"),
        ("data.intact=[完好, sound]", f"data.intact=[完好, sound]: {NOT_OF_THE_FORM}: 'data.intact=[\"完好\",sound]'"),
        ("data.intact=['(]", f"data.intact=['(]: {NOT_OF_THE_FORM}: 'key=\"a(b)\"'"),
        ("model.backbone=[1]", "model.backbone: "),
        ("augment.layers.x=1", "augment.layers.x=1: there is no such place among the settings"),
        ("augment.layers.x.y=1", "augment.layers.x.y=1: there is no such place among the settings"),
        ("data.source=[]", "data.source=[]: must be one of synthetic, "),
        ("sweep.rerun=5", "sweep.rerun=5: must be true or false"),
        ("sweep.rerun=yes", "sweep.rerun=yes: must be true or false"),
        ("data.intact=[[a]]", "data.intact=[['a']]: must be a list of texts"),
        ("tracking=[]", "tracking: not set; add tracking=VALUE"),
        ("seed=" + "9" * 5000, "seed=" + "9" * 92 + "...: cannot be read (Exceeds the limit (4300 digits)"),
        ("data.fold=" + "9" * 300 + "/2", "data.fold=" + "9" * 97 + "...: must be k/n"),
        ("run_name=" + "x" * 300, "run_name=" + "x" * 97 + "...: must be a name of 1 to 250 characters"),
        (
            "data.folder=" + "x" * 20_000,
            "data.folder=" + "x" * 97 + "...: must have at most 4096 characters, and has ",
        ),
        ("hydra.job.env_copy=[NOT_SET]", "settings: cannot be used ('NOT_SET'); correct it"),
        ("hydra.sweeper.params={a: b}", "hydra.sweeper.params={a: b}: there is no such place"),
        ("experiment=../../etc/passwd", "experiment=../../etc/passwd: no such choice; experiment can be "),
        (
            "training.epochs=1,2",
            "training.epochs=1,2: several values; add -m for a sweep, or write training.epochs=[1,2] for a list; as "
            "one number, training.epochs=1.2",
        ),
    ],
)
def test_what_hydra_says_becomes_one_sentence_with_a_remedy(override: str, said: str) -> None:
    assert told(override).startswith(said)


def test_from_python_every_mistake_in_overrides_is_a_user_error() -> None:
    for wrong in (
        "seed=" + "9" * 5000,
        "hydra.job.env_copy=[NOT_SET]",
        "optimizer=adamm",
        "seed=x y",
        "hydra.run.dir=[]",
    ):
        with pytest.raises(UserError):
            call("config", lambda composed, *_: typed(composed), [wrong])
        if not wrong.startswith("hydra"):
            with pytest.raises(UserError):
                settings_of([wrong])


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\x1b[31mred", "\ud800", "\udcff", "\u202egnp.exe"])
def test_no_text_steers_a_terminal_or_breaks_a_file(text: str) -> None:
    for key in ("run_name", "data.folder", "model.backbone.name"):
        said = told_of(key, text)
        assert said.startswith(f"{key}=") and "must be text in UTF-8 without control characters" in said
        assert said.isprintable()


def test_names_of_files_may_have_any_bytes() -> None:
    typed_deployed(composed("images='walls\udcff'", config="deployed/predict"), PredictConfig)


@pytest.mark.parametrize(
    "broken", ["{a: [", "!!python/object/apply:os.system [true]", "- 1", "x: " + "[" * 3000, "\xff"]
)
def test_a_broken_file_is_told_in_a_sentence(broken: str, tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "theirs.yaml").write_bytes(b"# @package _global_\n" + broken.encode("latin-1"))
    assert len(told(f"hydra.searchpath=['{tmp_path}']", "experiment=theirs")) < 400


@pytest.mark.parametrize("code", [errno.ENOTDIR, errno.ENAMETOOLONG, errno.EEXIST])
def test_a_path_that_cannot_be_is_the_users_to_change(code: int) -> None:
    said = user_error_sentence(raised(OSError(code, os.strerror(code), "/dev/null/x")))
    assert said == f"/dev/null/x: {os.strerror(code)}; choose another name or folder"


def test_a_lack_of_memory_is_told() -> None:
    said = user_error_sentence(raised(MemoryError("Unable to allocate 1.00 TiB")))
    assert said is not None and said.startswith("memory: there is not enough (Unable to allocate 1.00 TiB); lower ")


def test_a_long_sentence_keeps_its_setting_and_its_remedy() -> None:
    said = str(UserError(f"data.path={'x' * 30_000}: is nowhere;\n  name another"))
    assert said.startswith("data.path=x") and said.endswith("x: is nowhere; name another") and len(said) < 2010


def test_hydras_advice_to_set_a_variable_is_left_out() -> None:
    error = ConfigCompositionException("wrong\nSet the environment variable HYDRA_FULL_ERROR=1")
    assert user_error_sentence(raised(error)) == "wrong"


def test_the_command_ends_with_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, errors.exit_on_user_error():
        ours()
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("crack_exp: data.intact: ") and err.count("\n") == 1


def test_ctrl_c_says_that_it_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, errors.exit_on_user_error():
        raise KeyboardInterrupt
    assert ended.value.code == 130
    assert capsys.readouterr().err == "crack_exp: stopped\n"


def test_a_bug_keeps_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), errors.exit_on_user_error():
        _ = 1 / 0
    assert capsys.readouterr().err == ""


def test_whoever_wants_tracebacks_gets_them_for_mistakes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "TRACEBACK_WANTED", True)
    with pytest.raises(ValueError), errors.exit_on_user_error():
        ours()


@pytest.mark.parametrize("before", [None, "0"])
def test_hydra_raises_inside_and_is_as_it_was_outside(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FULL_ERROR, raising=False)
    if before is not None:
        monkeypatch.setenv(FULL_ERROR, before)
    with hydra_errors_raised():
        assert os.environ[FULL_ERROR] == "1"
    assert os.environ.get(FULL_ERROR) == before
