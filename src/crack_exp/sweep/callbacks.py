"""What a sweep adds to its jobs: names, kept errors, numbered lines of parallel jobs, and a summary at the end."""

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from crack_exp.config.errors import user_error_sentence
from crack_exp.config.schema import TrackingConfig
from crack_exp.sweep.claims import JOBS, Claims
from crack_exp.sweep.shared_folder import shared_folder, sweep_settings
from crack_exp.system.console_lines import OnlyLines, only_lines
from crack_exp.system.errors import UserError
from crack_exp.system.files import write_text
from crack_exp.system.own_files import reading_own_file
from crack_exp.system.printed import PrintableFormatter
from crack_exp.tracking.credentials import without_credentials

ERROR_FILE = "error.json"
SECONDS_TO_OUTLIVE_A_SWEEP = 1.0
WORKER = "hydra_plugins.crack_exp_worker.WorkerLauncher"
JOBS_OF_HYDRA = ("\t#", "Launching 1 jobs locally")
"""How Hydra's lines about a job begin, before it starts: all of its overrides."""

_lines = OnlyLines()
"""Of all jobs that run in this process."""

log = logging.getLogger(__name__)


class WithoutJobs(logging.Filter):
    """Leaves out Hydra's line about each job: the job has one of its own at its end."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(JOBS_OF_HYDRA)


class RememberSweep(Callback):
    """Keeps the configuration of the sweep that this process started."""

    config: DictConfig | None = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        if address := OmegaConf.select(config, "tracking.uri"):
            config.tracking.uri = without_credentials(address)  # Hydra writes it into multirun.yaml
        if OmegaConf.select(config, "sweep.worker") is True:  # what is no truth value is refused by each job
            chosen = config.hydra.runtime.choices["hydra/launcher"]
            config.hydra.launcher = OmegaConf.create({"_target_": WORKER, "chosen": chosen})
        RememberSweep.config = config


def sweep_name(folder: Path) -> str:
    """'2026-11-25/19-06-24-419292': day and time, the last two parts of its folder."""
    return "/".join(folder.parts[-2:])


@contextmanager
def save_error(folder: Path, command: str) -> Iterator[None]:
    """Write the error that ends the job into `folder`, for the summary of the sweep, and raise it again."""
    try:
        yield
    except Exception as error:
        sentence = user_error_sentence(error) or f"{type(error).__name__}: {' '.join(str(error).split())}"
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / ERROR_FILE, json.dumps({"command": command, "error": sentence}))
        log.error("failed: %s", sentence)
        raise


@contextmanager
def job_on_console(job: int, *, has_line: bool) -> Iterator[None]:
    """Inside the block, consoles put the job's number before each line.

    has_line: the job logs one with ON_CONSOLE; then consoles show this, and warnings that earlier jobs had not.
    A process that did not start the sweep is a worker: it ends when the sweep ends.
    """
    if RememberSweep.config is None:
        _end_with_the_sweep()
    consoles = [one for one in logging.getLogger().handlers if not isinstance(one, logging.FileHandler)]
    before = [console.formatter for console in consoles]
    for console in consoles:
        console.setFormatter(Numbered(job))
    try:
        with only_lines(_lines) if has_line else nullcontext():
            yield
    finally:
        for console, formatter in zip(consoles, before, strict=True):
            console.setFormatter(formatter)


class Numbered(PrintableFormatter):
    """Writes the number of the job before each line."""

    def __init__(self, job: int) -> None:
        super().__init__("%(message)s")
        self._job = job

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(f"#{self._job} {line}".rstrip() for line in super().format(record).split("\n"))


@cache
def _end_with_the_sweep() -> None:
    """End this worker when the sweep is killed; otherwise it would wait for jobs and keep its memory."""
    sweep = os.getppid()

    def watch() -> None:
        while os.getppid() == sweep:
            time.sleep(SECONDS_TO_OUTLIVE_A_SWEEP)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def summary_at_end() -> Iterator[None]:
    """After a sweep that was started inside, print and write its summary, also where jobs failed.

    Raises UserError where the summary cannot be made; where a job's error is raised already, it is logged.
    """
    RememberSweep.config = None
    try:
        yield
    except BaseException as error:
        try:
            _sum_up(was_stopped=isinstance(error, KeyboardInterrupt | SystemExit))
        except UserError as why:
            log.error("%s", why)
        raise
    _sum_up(was_stopped=False)


def saved_error(file: Path) -> tuple[str, str]:
    """The command of a failed job, and its error."""
    try:
        with reading_own_file(file, "run that job again"):
            error = json.loads(file.read_text())
            return str(error["command"]), str(error["error"])
    except UserError as damaged:
        return f"job {file.parent.name}", str(damaged)


def _sum_up(*, was_stopped: bool) -> None:
    config = RememberSweep.config
    if config is None or "sweep" not in config:
        return
    from crack_exp.sweep.summary import summarize_sweep  # late: its libraries take seconds, --help must not

    folder = Path(config.hydra.sweep.dir)
    errors = [saved_error(file) for file in sorted(folder.glob(f"*/{ERROR_FILE}"))]
    if config.sweep.worker is True:
        folder = shared_folder(sweep_settings(config))
        errors = Claims(folder / JOBS).errors()
    logging.basicConfig(format="%(message)s")
    try:
        summarize_sweep(
            config.sweep.name or sweep_name(folder),
            errors,
            folder=folder,
            tracking=TrackingConfig(**config.tracking),
            was_stopped=was_stopped,
        )
    except UserError as error:
        raise UserError(f"no summary of the sweep in '{folder}': {error}") from error
