"""Servers that refuse: what each says, and what the sentence of the command says to do."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crack_exp.system.errors import UserError
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.credentials import credentials_apart
from crack_exp.tracking.store import check_store

PASSWORD = "tr0ub4dor"
NOT_KNOWN = "You are not authenticated. Please see https://www.mlflow.org/docs/latest/auth"
NO_RIGHT = '{"error_code": "PERMISSION_DENIED", "message": "Permission denied"}'
OTHER_NAME = "Invalid Host header - possible DNS rebinding attack detected"
DATABASE_GONE = '{"error_code": "TEMPORARILY_UNAVAILABLE", "message": "(psycopg.OperationalError) connection failed"}'


@contextmanager
def answering(status: int | None, said: str) -> Iterator[str]:
    """The address of a server that answers so to all questions; not within 2 s where `status` is None."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if status is None:
                time.sleep(2)
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "said", "remedy"),
    [
        (401, NOT_KNOWN, "it does not know that user and password: .* MLFLOW_TRACKING_USERNAME"),
        (403, NO_RIGHT, "that user may not record here: ask who runs the server for the right to edit the experiment"),
        (403, OTHER_NAME, "start that server with --allowed-hosts 127.0.0.1:[0-9]+"),
        (500, "Internal Server Error", "the fault is in the server: its log says more"),
        (503, DATABASE_GONE, "the fault is in the server: its log says more"),
        (404, "Not Found", "that is no tracking server of MLflow"),
        (200, "<html>Hello</html>", "that is no tracking server of MLflow"),
        (None, "", "it does not answer in time: .* MLFLOW_HTTP_REQUEST_TIMEOUT"),
    ],
)
def test_a_server_that_refuses_gets_a_sentence_with_a_remedy_and_no_password(
    status: int | None, said: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with (
        answering(status, said) as address,
        credentials_apart([f"tracking.uri=http://me:{PASSWORD}@{address}"]) as (override,),
    ):
        store = StoreAddress(override.partition("=")[2], tmp_path)
        with pytest.raises(
            UserError, match=f"^tracking.uri: cannot use the store 'http://{address}' .*; {remedy}"
        ) as one:
            check_store(store, "cracks", None)
    assert PASSWORD not in str(one.value)
