"""Files of others set no more of Hydra than where results lie and what starts the jobs, and read no environment."""

from pathlib import Path

import pytest

from crack_exp.config.config_dir import check_config_dir
from crack_exp.run_files.folder import register_resolvers
from crack_exp.system.errors import UserError
from tests.commands import crack_exp
from tests.composing import settings, told, told_of

OPENED = "{_target_: builtins.open, file: made, mode: w}"


def written(folder: Path, text: str, name: str = "experiment/theirs") -> list[str]:
    """A file of others in `folder`, and the words of the command that uses it."""
    file = folder / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"# @package _global_\n{text}\n")
    return ["--config-dir", str(folder), "experiment=theirs"]


def refusal(*words: str) -> str:
    register_resolvers()
    with pytest.raises(UserError) as raised:
        check_config_dir("config", words)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"hydra: {{callbacks: {{theirs: {OPENED}}}}}", "hydra.callbacks.theirs"),
        (
            "hydra: {job_logging: {handlers: {theirs: {class: logging.FileHandler, filename: made}}}}",
            "hydra.job_logging",
        ),
        ("hydra: {hydra_logging: {handlers: {theirs: {(): os.system, command: 'true'}}}}", "hydra.hydra_logging"),
        ("hydra: {job: {env_set: {LD_PRELOAD: harm.so}}}", "hydra.job.env_set"),
        ("hydra: {job: {chdir: true}}", "hydra.job.chdir"),
        ("hydra: {output_subdir: .hydra}", "hydra.output_subdir"),
        ("hydra: {mode: MULTIRUN}", "hydra.mode"),
        ("hydra: {sweeper: {params: {seed: '1,2'}}}", "hydra.sweeper.params"),
        ("hydra: {sweep: {subdir: ..}}", "hydra.sweep.subdir"),
        ("hydra: {overrides: {task: ['allow_code=[harm]']}}", "hydra.overrides.task"),
        ("hydra: {launcher: {_target_: hydra_plugins.theirs.Launcher}}", "hydra.launcher._target_"),
        ("defaults: [override /hydra/callbacks: theirs]", "hydra.callbacks"),
        ("defaults: [/theirs@hydra.callbacks.theirs]", "hydra.callbacks"),
    ],
)
def test_no_file_sets_what_hydra_would_act_on(text: str, key: str, tmp_path: Path) -> None:
    written(tmp_path, "# \n_target_: builtins.open", "theirs")
    (tmp_path / "hydra" / "callbacks").mkdir(parents=True)
    (tmp_path / "hydra" / "callbacks" / "theirs.yaml").write_text(f"theirs: {OPENED}\n")
    said = refusal(*written(tmp_path, text))
    assert said.startswith(key) and "give others on the command line" in said


def test_no_way_to_name_the_folder_goes_round(tmp_path: Path) -> None:
    words = written(tmp_path, f"hydra: {{callbacks: {{theirs: {OPENED}}}}}")
    for command in (["-m", *words, "seed=1,2"], [f"hydra.searchpath=['file://{tmp_path}']", words[-1]]):
        assert refusal(*command).startswith("hydra.callbacks.theirs: ")


def test_every_job_of_a_sweep_is_looked_at(tmp_path: Path) -> None:
    written(tmp_path, "seed: 3", "experiment/fine")
    words = written(tmp_path, f"hydra: {{callbacks: {{theirs: {OPENED}}}}}")
    assert refusal(*words[:2], "-m", "experiment=fine,theirs", "seed=1,2").startswith("hydra.callbacks.theirs: ")


def test_a_file_says_where_results_lie_and_what_starts_the_jobs(tmp_path: Path) -> None:
    register_resolvers()
    words = written(
        tmp_path,
        "defaults: [override /hydra/launcher: joblib]\nhydra: {run: {dir: 'mine/${now:%Y}'}, sweep: {dir: mine}, "
        "launcher: {n_jobs: 2}}",
    )
    check_config_dir("config", words)
    check_config_dir("config", ["-m", *words, "optimizer=adam,sgd"])
    written(tmp_path, "hydra: {run: {dir: 'mine/${oc.env:HOME}'}}")
    assert refusal(*words).startswith("hydra.run.dir=mine/${oc.env:HOME}: ")


def test_the_command_line_says_more(tmp_path: Path) -> None:
    register_resolvers()
    words = written(tmp_path, "seed: 3")
    check_config_dir("config", [*words, "hydra.verbose=true", "hydra/launcher=joblib", "hydra.sweep.subdir=x", "-m"])
    written(tmp_path, "{}", "hydra/job_logging/theirs")
    assert "no such choice among the program's own" in refusal(*words, "hydra/job_logging=theirs")


@pytest.mark.parametrize("flag", ["--config-path", "--config-name", "--experimental-rerun"])
def test_the_programs_own_files_are_not_replaced(flag: str) -> None:
    assert refusal(flag, "theirs").startswith(f"{flag}: not possible here")


def test_hydra_does_nothing_before_the_check(tmp_path: Path) -> None:
    done = crack_exp(*written(tmp_path / "conf", f"hydra: {{callbacks: {{theirs: {OPENED}}}}}"), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("crack_exp: hydra.callbacks.theirs: ") and done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["conf"]


@pytest.mark.parametrize(
    "value",
    [
        "${oc.env:HOME}",
        "name-${oc.env:HOME,none}",
        "${${resume}:HOME}",
        "${oc.${resume}:HOME}",
        "${oc.decode:'${oc.env:HOME}'}",
        "${oc.select:tracking.uri}",
        "${now:${oc.env:HOME}}",
    ],
)
def test_no_setting_reads_the_environment(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/secret/place")
    for key in ("run_name", "tracking.experiment", "data.intact", "model.backbone.name"):
        given = [value] if key == "data.intact" else value
        said = told_of(key, given)
        assert said.startswith(f"{key}{'[0]' if key == 'data.intact' else ''}=") and "secret" not in said
    assert told(f'run_name="{value}"').startswith("run_name=")


def test_the_address_of_the_store_is_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_STORE", "http://tracker:5000")
    assert settings("tracking.uri=${oc.env:OUR_STORE}").tracking.uri == "http://tracker:5000"
    assert settings("tracking.uri=${oc.env:NOT_SET,null}").tracking.uri is None
    for value in ("http://theirs/${oc.env:OUR_STORE}", "${oc.env:NOT_SET,${oc.env:OUR_STORE}}"):
        assert told_of("tracking.uri", value).startswith("tracking.uri=")


def test_other_settings_and_the_time_are_read() -> None:
    assert settings("run_name=seed-${seed}", "seed=7").run_name == "seed-7"
    name = settings("run_name='${now:%Y}'").run_name
    assert name is not None and name.isdigit()
