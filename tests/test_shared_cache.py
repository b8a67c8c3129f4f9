"""Two users of one group share a cache; where that cannot be, a job goes on without."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import REPOSITORY

GROUP = 54_000
USERS = (54_001, 54_002)

USES_EVERYTHING = """
import logging, os, sys
from pathlib import Path
import numpy as np
logging.basicConfig(format="%(message)s", stream=sys.stdout)
from crack_exp.data.file_check import check_files
from crack_exp.model.feature_cache import ArraySpec, FeatureCache
from crack_exp.sweep.jobs import job_lock
from crack_exp.system.cache_dir import cache_dir
image, user, group, key = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
check_files([image], None)  # loads what this user may not be able to read
os.setgroups([group]), os.setgid(user), os.setuid(user), os.umask(0o022)
check_files([image], cache_dir())
with job_lock("this") as has_lock:
    print("lock", has_lock)
cache, of = FeatureCache(cache_dir() / "features", 1e5), ArraySpec((100, 100), "float64")
try:
    with cache.exclusive():
        cache.make_room(of.bytes)  # deletes those of whoever came before
        cache.write({key: of}, [{key: np.zeros(of.shape)}])
    print("features", [file.stem for file in cache.files()])
except OSError as error:
    print("no features:", error.strerror)
"""


@pytest.fixture
def team() -> Iterator[Path]:
    """A folder of the group, which others can get to."""
    if os.geteuid():
        pytest.skip("only root can be two users")
    folder = Path(tempfile.mkdtemp(prefix="crack_exp_team_"))
    shutil.copy(REPOSITORY / "docs" / "report.png", folder / "image.png")
    folder.chmod(0o755)
    (cache := folder / "cache").mkdir()
    os.chown(cache, -1, GROUP)
    yield folder
    shutil.rmtree(folder)


def use(team: Path, user: int, key: str) -> list[str]:
    """The lines that this user reads, whose first group is its own, as it is for most people."""
    environment = os.environ | {"CRACK_EXP_CACHE": str(team / "cache")}
    command = [sys.executable, "-c", USES_EVERYTHING, str(team / "image.png"), str(user), str(GROUP), key]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("mode", [0o2775, 0o775])
def test_two_users_of_one_group_use_the_same_files(team: Path, mode: int) -> None:
    (team / "cache").chmod(mode)
    for user, key in zip(USERS, ("a", "b"), strict=True):
        assert use(team, user, key) == ["lock True", f"features ['{key}']"]
    kept = [path for path in (team / "cache").rglob("*")]
    assert {path.name for path in kept} >= {"audit.sqlite", "this.lease", "b.npy"}
    assert {(path.stat().st_gid, path.stat().st_mode & 0o060) for path in kept} == {(GROUP, 0o060)}


def test_a_user_who_may_only_read_does_without_and_is_told(team: Path) -> None:
    (team / "cache").chmod(0o755)
    os.chown(team / "cache", USERS[0], -1)
    assert use(team, USERS[0], "a") == ["lock True", "features ['a']"]
    lines = use(team, USERS[1], "b")
    assert "no features: Permission denied" in lines
    assert f"sweep: another process may do this job as well, '{team}/cache/jobs': Permission denied" in lines
    assert "lock False" in lines
