import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.open_run import open_run
from crack_exp.tracking.recorder import Recorder


@pytest.fixture
def mlruns(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with its own store; no file may be written into the working directory."""
    folder, elsewhere = tmp_path / "mlruns", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    shutil.copy(empty_store, folder / "mlflow.db")
    monkeypatch.chdir(elsewhere)
    yield folder
    assert list(elsewhere.iterdir()) == []


@pytest.fixture
def open_test_run(mlruns: Path, tmp_path: Path) -> Callable[..., AbstractContextManager[Recorder]]:
    """`open_run` in the test's own store; `run_id` continues a run; `folder` has its files."""

    def opens(run_id: str | None = None, folder: Path = tmp_path) -> AbstractContextManager[Recorder]:
        return open_run(
            StoreAddress(None, mlruns),
            "cracks",
            output_folder=folder,
            run_name="adam seed 1",
            run_id=run_id,
            first_tags={},
        )

    return opens
