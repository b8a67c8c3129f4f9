import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from crack_exp.tracking.lineage import lineage, mlflow_tags, project_checkout


def git(checkout: Path, *arguments: str) -> str:
    who = ["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "init.defaultBranch=main"]
    command = ["git", *who, "-C", str(checkout), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "init")
    (tmp_path / "code.py").write_text("x = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    return tmp_path


def test_a_clean_checkout_has_its_commit(checkout: Path) -> None:
    facts = lineage(checkout=checkout)
    assert facts["git.commit"] == git(checkout, "rev-parse", "HEAD")
    assert len(facts["git.commit"]) == 40
    assert (facts["git.branch"], facts["git.dirty"]) == ("main", "no")


@pytest.mark.parametrize("changed", ["code.py", "new.py"])
def test_a_changed_or_new_file_makes_it_dirty(checkout: Path, changed: str) -> None:
    (checkout / changed).write_text("x = 2\n")
    assert lineage(checkout=checkout)["git.dirty"] == "yes"


def test_the_hook_of_another_repository_has_no_effect(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init")
    commit = git(checkout, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert lineage(checkout=checkout)["git.commit"] == commit


def test_without_checkout_or_git_the_code_is_unknown(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = {"git.commit": "unknown", "git.branch": "unknown", "git.dirty": "unknown"}
    assert unknown.items() <= lineage(checkout=None).items()
    monkeypatch.setenv("PATH", "")
    assert unknown.items() <= lineage(checkout=checkout).items()
    assert "mlflow.source.git.commit" not in mlflow_tags(lineage(checkout=checkout))


def test_versions_and_machine_are_included() -> None:
    facts = lineage(checkout=None)
    assert facts["version.tensorflow"].startswith("2.")
    assert facts["version.python"].startswith("3.")
    assert int(facts["machine.cpu_cores"]) >= 1
    assert all(facts.values())


def test_the_command_is_quoted_and_has_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["python", "-m", "crack_exp.run", "tracking.uri=http://me:secret@host", "data.path=my walls"]
    monkeypatch.setattr("sys.orig_argv", arguments)
    command = lineage(checkout=None)["command"]
    assert shlex.split(command)[1:] == [
        "-m", "crack_exp.run", "tracking.uri=http://host", "data.path=my walls",
    ]  # fmt: skip


def test_the_source_is_the_program_without_arguments() -> None:
    program = "from crack_exp.tracking.lineage import mlflow_tags, lineage; "
    program += "print(mlflow_tags(lineage(checkout=None))['mlflow.source.name'])"
    command = [sys.executable, "-m", "timeit", "-n1", "-r1", program]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert output.startswith("timeit\n")


def test_this_package_finds_its_own_checkout() -> None:
    root = Path(__file__).resolve().parents[2]
    assert project_checkout() == (root if (root / ".git").exists() else None)
