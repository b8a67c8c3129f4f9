"""Fixtures for tests of data sources."""

from collections.abc import Iterator
from threading import Thread

import pytest

from tests.data.sources.serving import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
