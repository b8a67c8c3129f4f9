"""Searches on several machines, by one study in PostgreSQL; one of them is killed. For make check-server."""

import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.commands import clean_environment, crack_exp
from tests.fork_server import Forked
from tests.postgres import is_installed, postgres

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not is_installed(), reason="PostgreSQL is not installed here"),
]

TUNERS, TRIALS = 3, 6


def test_searches_share_a_study_and_what_a_killed_one_began_is_done_by_the_others(
    tiny_head: list[str], make_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres(["mlflow", "studies"]) as database:
        for name, value in database.environment.items():
            monkeypatch.setenv(name, value)
        homes = [make_home() for _ in range(TUNERS)]
        studies, runs = database.address("studies"), database.address("mlflow")
        words = [f"tune.storage={studies}", f"tracking.uri={runs}", "tune.name=walls", f"tune.trials={TRIALS}"]
        words += [*tiny_head[:-1], "tune.pruning.curve=none"]
        tuners = [Forked(["-m", "crack_exp.tune", *words], home, clean_environment()) for home in homes]
        until_a_trial_begins(homes[0])
        tuners[0].kill()
        ended = [tuner.wait(900) for tuner in tuners]
        assert ended[0].returncode == -9
        for one in ended[1:]:
            assert one.returncode == 0, one.stderr
        last = [crack_exp(*words, cwd=home, verb="tune") for home in homes]
        for one in last:
            assert one.returncode == 0 and f"{TRIALS} trials: {TRIALS} finished" in one.stdout, one.stdout + one.stderr
            assert "] trial" not in one.stdout
        client = MlflowClient(runs)
        found = client.search_runs([client.get_experiment_by_name("crack_exp").experiment_id])
        states = Counter(run.info.status for run in found)
        assert states["FINISHED"] == TRIALS and set(states) <= {"FINISHED", "KILLED"}, states
        finished = [run for run in found if run.info.status == "FINISHED"]
        folders = [run.data.tags["run_folder"] for run in finished]
        assert len({re.split("/trials/", folder)[1] for folder in folders}) == TRIALS
        assert len({folder.partition("/outputs")[0] for folder in folders}) >= TUNERS - 1
        killed_had_ended = [folder for folder in folders if folder.startswith(str(homes[0]))]
        with_test = [run for run in finished if "test/auroc" in run.data.metrics]
        assert len(with_test) == TRIALS, f"{len(with_test)} of {TRIALS}; of the killed one: {killed_had_ended}"


def until_a_trial_begins(home: Path) -> None:
    until = time.monotonic() + 600
    while not list(home.glob("outputs/studies/walls/trials/*/config.yaml")):
        assert time.monotonic() < until, "no trial begins"
        time.sleep(0.02)
