"""deploy/: the tracking server for many machines, as far as it can be tried without containers."""

import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests import postgres
from tests.tracking_server import DEPLOY, compose, filled_in, tracking_server

NAMES = re.compile(r"^(\w+)=(.*)$", re.MULTILINE)
SECRETS = ("DATABASE_PASSWORD", "ADMIN_PASSWORD", "SECRET_KEY")


def test_the_example_of_settings_names_each_variable_and_gives_no_password() -> None:
    example = dict(NAMES.findall((DEPLOY / "example.env").read_text()))
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert set(example) == used
    assert {name: example[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")


def test_without_passwords_nothing_is_started() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    for missing in (*SECRETS, "ALLOWED_HOSTS"):
        known = dict.fromkeys([*SECRETS, "ALLOWED_HOSTS"], "given")
        del known[missing]
        assert f"${{{missing}:?" in text
        with pytest.raises(KeyError, match=missing):
            filled_in(text, known)


def test_no_password_stands_in_a_command_and_only_this_machine_reaches_the_ports() -> None:
    services = compose(5000)["services"]
    for service in services.values():
        passwords = [value for name, value in service["environment"].items() if "PASSWORD" in name]
        assert passwords and not any(password in str(service.get("command")) for password in passwords)
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_files_that_are_mounted_are_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    files = [volume.split(":")[0] for service in services.values() for volume in service["volumes"]]
    assert {name for name in files if name.startswith("./")} == {"./auth.ini", "./databases.sql"}
    assert all((DEPLOY / name).is_file() for name in files if name.startswith("./"))


@pytest.mark.server
@pytest.mark.skipif(not postgres.is_installed(), reason="PostgreSQL is not installed here")
def test_the_server_wants_a_known_name_and_a_password_and_others_may_record_but_not_delete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.postgres(["mlflow"]) as database:
        server = tracking_server(tmp_path, database)
        with server.up():
            assert status_of(server.address, host="elsewhere.example.com") == 403
            assert status_of(server.address) == 401
            set_all(monkeypatch, server.login)
            client = MlflowClient(server.address)
            experiment = client.create_experiment("cracks")
            ask_as_admin(server.address, "users/create", '{"username": "me", "password": "correct-horse-9"}')
            set_all(monkeypatch, {"MLFLOW_TRACKING_USERNAME": "me", "MLFLOW_TRACKING_PASSWORD": "correct-horse-9"})
            run = client.create_run(experiment)
            client.log_metric(run.info.run_id, "loss", 0.5)
            client.log_text(run.info.run_id, "whole", "file.txt")
            assert client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
            assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["file.txt"]
            with pytest.raises(MlflowException, match="Permission denied"):
                client.delete_experiment(experiment)


def set_all(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def status_of(address: str, host: str | None = None) -> int:
    request = Request(
        f"{address}/api/2.0/mlflow/experiments/search?max_results=1", headers={"Host": host} if host else {}
    )
    try:
        return int(urlopen(request, timeout=30).status)
    except HTTPError as error:
        return error.code


def ask_as_admin(address: str, path: str, body: str) -> None:
    """As `curl --user admin` does it in docs/tracking-server.md."""
    from requests import post

    from tests.tracking_server import ADMIN_PASSWORD

    answer = post(
        f"{address}/api/2.0/mlflow/{path}",
        body,
        headers={"Content-Type": "application/json"},
        auth=("admin", ADMIN_PASSWORD),
    )
    assert answer.status_code == 200, answer.text
