"""Users and passwords of a tracking store: known where it is connected to, and nowhere else."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from crack_exp.config import typed
from crack_exp.tracking.address import StoreAddress, mlflow_command, ui_command
from crack_exp.tracking.credentials import (
    check_no_credentials,
    credentials_apart,
    with_credentials,
    without_credentials,
)
from crack_exp.tracking.store import prepare_store
from tests.composing import composed

WHOLE = "postgresql://me:pa%40ss@host:5432/runs?sslmode=require&password=secret"
SHOWN = "postgresql://host:5432/runs?sslmode=require"


def test_only_credentials_are_taken_out_of_a_text() -> None:
    assert without_credentials("no answer from http://me:secret@host:5000/api") == "no answer from http://host:5000/api"
    assert without_credentials("https://token@host") == "https://host"
    assert without_credentials("postgresql://me:p@ss,w:rd@host/db") == "postgresql://host/db"
    assert without_credentials("postgresql://host/db?password=a&sslmode=on") == "postgresql://host/db?sslmode=on"
    for harmless in ("http://host:5000/a@b", "sqlite:////home/me@work/m.db", "optimizer=adam", "me@host"):
        assert without_credentials(harmless) == harmless


@pytest.mark.parametrize("override", [f"tracking.uri={WHOLE}", f"++tracking.uri='{WHOLE}'"])
def test_the_credentials_of_an_override_are_known_to_who_connects_alone(
    override: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    before = dict(os.environ)
    with credentials_apart(["seed=2", override]) as overrides:
        key = override.partition("=")[0]
        assert overrides == ["seed=2", f"{key}={SHOWN}"]
        store = StoreAddress(SHOWN, Path("mlruns"))
        assert (store.absolute, store.to_connect) == (SHOWN, WHOLE)
        assert with_credentials("postgresql://other/runs") == "postgresql://other/runs"
        assert store.reminder and "secret" not in store.reminder
    assert dict(os.environ) == before
    assert store.to_connect == SHOWN and not store.reminder


def test_those_of_mlflows_variable_do_not_come_into_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", WHOLE)
    with credentials_apart([]):
        store = typed(composed()).tracking.store
        assert (store.uri, store.to_connect) == (SHOWN, WHOLE)
    assert os.environ["MLFLOW_TRACKING_URI"] == WHOLE


def test_a_given_address_comes_before_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", WHOLE)
    with credentials_apart(["tracking.uri=http://you:word@there"]) as overrides:
        assert overrides == ["tracking.uri=http://there"]
        assert with_credentials("http://there") == "http://you:word@there"
    with credentials_apart([f"tracking.uri={SHOWN}"]):
        assert with_credentials(SHOWN) == WHOLE


def test_processes_that_a_command_starts_know_them_as_well() -> None:
    """Jobs of a sweep that run side by side."""
    program = f"from crack_exp.tracking.credentials import with_credentials; print(with_credentials('{SHOWN}'))"
    with credentials_apart([f"tracking.uri={WHOLE}"]):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == WHOLE


@pytest.mark.parametrize(
    "address",
    [
        *("http://me:se/cret@host", "http://me:12/cret@host", "postgresql://me:se@cret@host/db"),
        *("postgresql://me:se?cret@host/x@y", "http://me:secret@host,http://me:secret@other"),
    ],
)
def test_what_cannot_be_told_from_the_address_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(ValueError, match="^tracking.uri: in its user or password write @ as %40") as refused:
        with credentials_apart([f"tracking.uri={address}"]):
            pass
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize(
    "override", ["data.url=https://me:secret@host/images.zip", "tracking={uri: 'http://me:secret@h'}"]
)
def test_another_setting_with_a_password_is_refused_and_not_shown(override: str) -> None:
    with pytest.raises(ValueError, match=r"^(data.url|tracking): has an address with a user or password") as refused:
        with credentials_apart([override]):
            pass
    assert "secret" not in str(refused.value)


def test_a_password_in_a_file_of_settings_is_refused() -> None:
    settings = composed()
    settings.tracking.uri = "http://me:secret@host"
    with pytest.raises(ValueError, match=r"^tracking.uri: has an address .* MLFLOW_TRACKING_PASSWORD") as refused:
        typed(settings)
    assert "secret" not in str(refused.value)
    OmegaConf.update(settings, "tracking.uri", "postgresql://host/db?password=secret")
    with pytest.raises(ValueError, match=r"^tracking.uri: has an address"):
        typed(settings)
    check_no_credentials({"data": {"path": "images/a?key*.jpg", "list": ["me@host"]}})


def test_printed_commands_of_mlflow_say_that_the_password_is_missing() -> None:
    assert "#" not in ui_command(SHOWN) and "#" not in mlflow_command(SHOWN, "runs", "restore")
    with credentials_apart([f"tracking.uri={WHOLE}"]):
        for command in (ui_command(SHOWN), mlflow_command(SHOWN, "runs", "restore")):
            assert SHOWN in command and command.endswith("  # with user and password in the address")
            assert "secret" not in command and "pa%40ss" not in command


@contextmanager
def asking_server() -> Iterator[tuple[str, list[str | None]]]:
    """Its address, and who asked: it refuses everyone."""
    asked: list[str | None] = []

    class Refuses(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            self.send_error(401)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_mlflows_client_is_given_the_credentials_and_its_errors_do_not_show_them(tmp_path: Path) -> None:
    with asking_server() as (address, asked):
        with credentials_apart([f"tracking.uri=http://me:secret@{address}"]):
            with pytest.raises(ValueError, match=rf"^tracking.uri: cannot use the store 'http://{address}'") as refused:
                prepare_store(StoreAddress(f"http://{address}", tmp_path), "cracks")
    assert asked and set(asked) == {"Basic " + base64.b64encode(b"me:secret").decode()}
    assert "secret" not in str(refused.value) and "MLFLOW_TRACKING_PASSWORD" in str(refused.value)
