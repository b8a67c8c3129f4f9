"""A run that is recorded by MLflow's own server."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import crack_exp, killed_after, only_folder
from tests.mlflow_server import free_port, served

PASSWORD = "tr0ub4dor"


@dataclass(frozen=True)
class Site:
    """A folder to start runs from, and a server whose files lie in another one."""

    home: Path
    server: Path
    address: str


@pytest.fixture(scope="module")
def site(make_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    store = f"--backend-store-uri sqlite:///{folder}/mlflow.db --artifacts-destination {folder}/artifacts"
    mlflow = Path(sys.executable).parent / "mlflow"
    command = f"{mlflow} server {store} --port {port} --workers 1"
    with served(command, folder, f"http://127.0.0.1:{port}/health"):
        yield Site(make_home(), folder, f"127.0.0.1:{port}")


def test_a_password_stands_in_no_file_and_is_not_printed(site: Site, tiny_head: list[str]) -> None:
    """Also where the run is killed and resumed, and by its own command fails."""
    typed = f"tracking.uri=http://me:{PASSWORD}@{site.address}"
    killed_after(2, *tiny_head, typed, cwd=site.home)
    folder = only_folder(site.home)
    resumed = crack_exp(f"resume={folder}", typed, cwd=site.home)
    assert resumed.returncode == 0, resumed.stderr
    assert f"webbrowser http://{site.address}" in resumed.stdout
    misspelt = crack_exp("trackin.uri=1", typed, cwd=site.home)
    assert misspelt.returncode == 1
    said = [one.stdout + one.stderr for one in (resumed, misspelt)]
    assert not any(PASSWORD in text for text in said)
    places = (site.home, site.server, Path(os.environ["CRACK_EXP_CACHE"]))
    written = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert {"config.yaml", "run.log", "mlflow.db", "MLmodel", "report.html"} <= {path.name for path in written}
    assert [path for path in written if PASSWORD.encode() in path.read_bytes()] == []
    assert f"uri: http://{site.address}\n" in (folder / "config.yaml").read_text()
