"""A model over HTTP: `python -m crack_exp.serve`."""

from pathlib import Path

from omegaconf import DictConfig

from crack_exp.command import command
from crack_exp.config import ServeConfig, typed_deployed
from crack_exp.system.quiet_start import quiet_start

CONFIG = "deployed/serve"


def main() -> None:
    command("serve", CONFIG, _job)


def _job(composed: DictConfig, folder: Path, overrides: list[str]) -> None:
    config = typed_deployed(composed, ServeConfig)
    from crack_exp.deployed.locate import file_of_model  # late: it imports SciPy

    file = file_of_model(config)
    with quiet_start():  # late: TensorFlow takes seconds; --help, and what is named wrongly, must not
        from crack_exp.serve.workflow import run_server

    run_server(config, file)
