"""A server in a thread of the tests, with a model that calls bright images cracked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from crack_exp.config import ServeConfig, typed_deployed
from crack_exp.deployed.model import DeployedModel
from crack_exp.serve.address import open_port
from crack_exp.serve.app import make_app
from crack_exp.serve.batching import Batcher
from tests.composing import composed
from tests.deployed_models import brightness_model

LARGEST_MB = 1.0


@pytest.fixture(scope="module")
def model() -> DeployedModel:
    return brightness_model(mm_per_px=1.0)


@pytest.fixture(scope="module")
def config() -> ServeConfig:
    settings = ("port=0", f"max_mb={LARGEST_MB}", "max_images=10", "max_tiles=500")
    return typed_deployed(composed(*settings, config="deployed/serve"), ServeConfig)


@pytest.fixture(scope="module")
def url(model: DeployedModel, config: ServeConfig) -> Iterator[str]:
    with serving(model, config) as address:
        yield address


@contextmanager
def serving(model: DeployedModel, config: ServeConfig) -> Iterator[str]:
    """The address of a server."""
    with open_port(config.host, 0) as opened, Batcher(model) as batcher:
        settings = uvicorn.Config(make_app(model, batcher, config), log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        server.should_exit = True
        thread.join()
