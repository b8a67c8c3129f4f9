"""A study that several machines share by a database: no trial twice, and those of a killed process are done anew."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crack_exp.config import TuneConfig
from crack_exp.system.errors import UserError
from crack_exp.tune.study import Study
from tests.commands import REPOSITORY, clean_environment
from tests.config.test_tune_schema import tuning
from tests.postgres import PASSWORD, Postgres, is_installed, postgres

with_postgres = pytest.mark.skipif(not is_installed(), reason="PostgreSQL is not installed here")


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    """With an empty database `studies`, and the variables by which clients find it."""
    with postgres(["studies"]) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        yield server


@pytest.fixture
def config(database: Postgres) -> TuneConfig:
    return tuning("tune.name=shared", "tune.trials=3", f"tune.storage={database.address('studies')}")


HOLD_A_TRIAL = """
import sys
from pathlib import Path
from crack_exp.tune.study import Study
from tests.config.test_tune_schema import tuning
study = Study(Path(sys.argv[2]), tuning("tune.name=shared", "tune.trials=3", f"tune.storage={sys.argv[1]}"), {})
with study.next_trial() as trial:
    print(trial.number, flush=True)
    sys.stdin.readline()
"""


def process_with_a_trial(database: Postgres, folder: Path) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", HOLD_A_TRIAL, database.address("studies"), str(folder)]
    environment = clean_environment() | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, sys.path)])}
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


@with_postgres
def test_machines_share_the_trials_and_a_killed_ones_trial_is_done_by_another(
    database: Postgres, config: TuneConfig, tmp_path: Path
) -> None:
    other = process_with_a_trial(database, tmp_path / "other")
    try:
        assert other.stdout and other.stdout.readline() == "0\n"
        study = Study(tmp_path / "here", config, {})
        with study.next_trial() as first, study.next_trial() as second:
            assert first and second and (first.number, second.number) == (1, 2)
            with study.next_trial() as too_many:
                assert too_many is None
            assert study.killed == []
            other.send_signal(signal.SIGKILL)
            other.wait(timeout=30)
            until_killed_is([0], study)
            with study.next_trial() as anew:
                assert anew and anew.number == 3
                for trial, value in ((first, 0.3), (second, 0.2), (anew, 0.1)):
                    study.finish(trial, value)
    finally:
        other.kill()
        other.communicate()
    assert [(trial.number, trial.value) for trial in Study(tmp_path / "third", config, {}).trials] == [
        (1, 0.3),
        (2, 0.2),
        (3, 0.1),
    ]


def until_killed_is(expected: list[int], study: Study) -> None:
    """The database sees within a moment that a process is gone."""
    until = time.monotonic() + 30
    while study.killed != expected:
        assert time.monotonic() < until, study.killed
        time.sleep(0.1)


@with_postgres
def test_another_definition_of_a_shared_study_is_refused(config: TuneConfig, tmp_path: Path) -> None:
    config.name = "defined"
    Study(tmp_path / "one", config, {"metric": "loss"})
    with pytest.raises(UserError, match="tune.name=defined: the study of that name has metric"):
        Study(tmp_path / "other", config, {"metric": "auroc"})


@with_postgres
@pytest.mark.parametrize(
    ("broken", "remedy"),
    [
        (lambda database, patch: patch.setenv("PGPASSWORD", "wr0ng"), "user and password are given by PGUSER"),
        (lambda database, patch: patch.setenv("PGPORT", "1"), None),
    ],
)
def test_a_database_that_refuses_a_study_is_a_sentence_without_the_password(
    database: Postgres,
    config: TuneConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[Postgres, pytest.MonkeyPatch], None],
    remedy: str | None,
) -> None:
    broken(database, monkeypatch)
    if remedy is None:
        config.storage = "postgresql://127.0.0.1:1/studies"
        remedy = "start that database"
    with pytest.raises(UserError, match=f"tune.storage={config.storage}: the study cannot be used .*{remedy}") as one:
        Study(tmp_path, config, {})
    assert "wr0ng" not in str(one.value) and PASSWORD not in str(one.value)


@with_postgres
def test_a_database_that_stops_in_mid_search_ends_it_with_a_sentence(
    database: Postgres, config: TuneConfig, tmp_path: Path
) -> None:
    study = Study(tmp_path, config, {})
    database.stop()
    try:
        with pytest.raises(UserError, match="give the same command again to go on"), study.asking():
            study.check_images("0" * 64)
    finally:
        database.start()


def test_only_the_address_of_a_postgresql_database_without_a_password_is_taken() -> None:
    for address in ("sqlite:///study.db", "studies", "postgresql://host", "mysql://host/studies"):
        with pytest.raises(UserError, match="tune.storage.*postgresql://HOST/DATABASE"):
            tuning(f"tune.storage={address}")
    with pytest.raises(UserError, match="tune.storage: has an address with a user or password.*PGUSER and PGPASSWORD"):
        tuning("tune.storage=postgresql://me:secret@host/studies")
