"""The server: take the port, load the model, answer until stopped."""

import logging
import warnings
from pathlib import Path

import numpy as np
import uvicorn

from crack_exp.config import ServeConfig
from crack_exp.deployed.from_config import deployed_model
from crack_exp.deployed.model import DeployedModel
from crack_exp.serve.address import is_loopback, open_port
from crack_exp.serve.app import make_app
from crack_exp.serve.batching import Batcher
from crack_exp.system.progress import doing

SECONDS_TO_END = 5
"""For requests that are being answered when the server is stopped."""

log = logging.getLogger(__name__)


def run_server(config: ServeConfig, file: Path | None) -> None:
    """Serve the model in `file` until Ctrl-C or SIGTERM. Raises UserError where it, or the address, cannot be used."""
    with open_port(config.host, config.port) as opened:
        model = deployed_model(config, file)
        with doing("trying the model"):
            warm_up(model)
        with Batcher(model) as batcher:
            app = make_app(model, batcher, config)
            opened.listen()  # from now on a request waits for the server
            log_address(config.host, opened.getsockname()[1])
            settings = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=SECONDS_TO_END)
            # Of Ctrl-C before its loop runs, asyncio would warn in several lines.
            warnings.filterwarnings("ignore", "coroutine 'Server.serve' was never awaited", RuntimeWarning)
            uvicorn.Server(settings).run(sockets=[opened])


def warm_up(model: DeployedModel) -> None:
    """Choose the engine, and let it trace the network: the first request shall not wait for it."""
    size_px = model.card.image_size_px
    for count in model.engine(noise(8, size_px)).batch_sizes:
        model.probabilities(noise(count, size_px))


def noise(count: int, size_px: int) -> np.ndarray:
    """Images to compare engines on where there are no others: (count, size_px, size_px, 3) uint8."""
    return np.random.default_rng(0).integers(0, 256, (count, size_px, size_px, 3), dtype=np.uint8)


def log_address(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    log.info("serving on http://%s:%d  (API: http://%s:%d/docs; stop: Ctrl-C)", shown, port, shown, port)
    if not is_loopback(host):
        log.warning("host=%s: whoever reaches this machine can use the server; it has no password", host)
