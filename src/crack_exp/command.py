"""From a command line to settings and a folder: what every command that uses Hydra does first.

A job is what the command does then: a function of composed settings, the run's folder and the overrides.
"""

import io
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

import hydra
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from crack_exp.config import conf_of
from crack_exp.config.compose import HYDRA_VERSION, without_hydra
from crack_exp.config.config_dir import check_config_dir
from crack_exp.config.errors import as_user_errors, exit_on_user_error, hydra_errors_raised
from crack_exp.config.help import help_text, known_settings
from crack_exp.config.new_folders import remove_what_hydra_made
from crack_exp.config.overrides import (
    ALLOW_CODE,
    allowed_code,
    as_typed,
    check_allowed_code,
    command_line,
    flags_first,
    job_name,
    own_overrides,
)
from crack_exp.config.texts import no_interpolation
from crack_exp.config.words import VERSION, check_words, parted
from crack_exp.run_files.begun import NOT_RESUMABLE, check_same_backend, check_same_config
from crack_exp.run_files.folder import register_resolvers, run_folder
from crack_exp.run_files.names import CONFIG
from crack_exp.sweep.callbacks import job_on_console, save_error, summary_at_end, sweep_name
from crack_exp.sweep.schedulers import check_launcher, dead_jobs_told
from crack_exp.system.cores import share_cores
from crack_exp.system.errors import UserError
from crack_exp.system.interrupts import raise_if_interrupted, remember_interrupts
from crack_exp.system.machine import package_version
from crack_exp.system.own_files import reading_own_file
from crack_exp.system.progress import AboveTheBar
from crack_exp.system.quiet_pillow import quiet_pillow
from crack_exp.system.timing import job_start, stopwatch
from crack_exp.tracking.credentials import SETTING, credentials_apart

Result = TypeVar("Result")
STORE = f"{SETTING}="
WORKER = "sweep.worker"
"""The setting that makes a command one of several that share a sweep."""

HAVE_LINES = ("run",)
"""Commands that sum up a job of a sweep in one line, for the console."""

SOME_FAILED = 2
"""The exit code of a command that worked through many files, and could not use some."""

log = logging.getLogger(__name__)

Job = Callable[[DictConfig, Path, list[str]], Result]


def command(verb: str, config_name: str, job: Job[Result]) -> None:
    """`python -m crack_exp.VERB`. A mistake of the user ends it with one sentence and exit code 1."""

    def of_hydra(composed: DictConfig) -> None:
        raise_if_interrupted()
        share_cores()
        hydra_config = HydraConfig.get()
        folder, overrides = Path(hydra_config.runtime.output_dir), as_typed(hydra_config.overrides.task)
        # In a sweep the other jobs go on; Hydra raises the first job's mistake at the end.
        alone = hydra_config.mode == RunMode.RUN
        with exit_on_user_error() if alone else nullcontext(), stopwatch(job_start()):
            if alone:
                with remove_empty_folders_on_error(_log_file(hydra_config)):
                    _do(job, composed, folder, overrides)
            else:
                with job_on_console(hydra_config.job.num, has_line=verb in HAVE_LINES):
                    _do_in_sweep(job, composed, verb, Path(hydra_config.sweep.dir), folder, overrides)

    register_resolvers()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may lack the letters of a name
    remember_interrupts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the run is closed in MLflow
    with (
        exit_on_user_error(),
        credentials_apart(sys.argv[1:]) as words,
        summary_at_end(),
        dead_jobs_told(),
        hydra_errors_raised(),
    ):
        sys.argv[1:] = flags_first(words)
        check_working_directory(Path.cwd())
        if answered(verb, config_name, sys.argv[1:]):
            return
        path, name = conf_of(config_name)
        hydra.main(version_base=HYDRA_VERSION, config_path=path, config_name=name)(of_hydra)()


def answered(verb: str, config_name: str, words: list[str]) -> bool:
    """Print what `--help` or `--version` ask for. Raises UserError where a word is neither an option nor a setting."""
    typed = parted(words)
    if VERSION in typed.options:
        print(f"crack_exp {package_version('crack-exp')}")
        return True
    if not typed.ask_help:
        check_words(typed, verb, lambda: known_settings(config_name))
        check_launcher(typed.settings)
    folders = check_config_dir(config_name, [*typed.options, *typed.settings])
    if typed.ask_help:
        print(help_text(config_name, typed.settings, folders))
    return typed.ask_help


def check_working_directory(place: Path) -> None:
    """Raise UserError where its name cannot be used: the folders of runs lie below it, and MLflow's by default."""
    if "${" in str(place):
        raise UserError(f"'{place}': Hydra takes ${{ in the name of a folder for a setting; start from another folder")


def _log_file(hydra_config: DictConfig) -> Path | None:
    """The log that Hydra has opened in the run's folder, if the command keeps one."""
    file = hydra_config.job_logging.handlers.get("file")
    return file and Path(file.filename)


@contextmanager
def remove_empty_folders_on_error(log: Path | None) -> Iterator[None]:
    """On a UserError, delete what Hydra created before: an empty log, and new folders with nothing else in them."""
    try:
        yield
    except UserError:
        remove_what_hydra_made(log)
        raise


def call(config_name: str, job: Job[Result], overrides: list[str]) -> Result:
    """Do from Python what the command does with these overrides. Raises UserError for a mistake in them."""
    register_resolvers()
    logging.basicConfig(format="%(message)s", handlers=[AboveTheBar(sys.stdout)])
    logging.getLogger("crack_exp").setLevel(logging.INFO)
    with stopwatch(time.monotonic()), credentials_apart(overrides) as overrides:
        composed, folder = _composed(config_name, overrides)
        return _do(job, composed, folder, overrides)


def _do_in_sweep(
    job: Job[Result], composed: DictConfig, verb: str, sweep_folder: Path, folder: Path, overrides: list[str]
) -> None:
    """Run one job of a sweep: its name is what differs from other jobs, its error is kept for the summary."""
    if "run_name" in composed and composed.run_name is None:
        composed.run_name = no_interpolation(job_name(own_overrides(sweep_folder, overrides)))
    if "sweep" in composed:
        composed.sweep.name = composed.sweep.name or sweep_name(sweep_folder)
    # Its command, which is printed and kept, does this job alone.
    overrides = [override for override in overrides if not _makes_worker(override)]
    if verb not in HAVE_LINES:
        log.info("%s", ", ".join(own_overrides(sweep_folder, overrides)))
    with save_error(folder, command_line(verb, overrides)):
        _do(job, composed, folder, overrides)


def _makes_worker(override: str) -> bool:
    return override.startswith(f"{WORKER}=")


def _do(job: Job[Result], composed: DictConfig, folder: Path, overrides: list[str]) -> Result:
    if OmegaConf.select(composed, WORKER) and any(map(_makes_worker, overrides)):
        raise UserError(f"{WORKER}=true: a worker does jobs of a sweep; add -m, or leave it out")
    if "resume" in composed and composed.resume is not None:
        composed, folder = _resumed(composed, overrides)
    check_allowed_code(composed, overrides)
    with quiet_pillow():
        return job(composed, folder, overrides)


def _composed(config_name: str, overrides: list[str]) -> tuple[DictConfig, Path]:
    """The settings and the folder that the command would use with these overrides."""
    path, name = conf_of(config_name)
    with as_user_errors(), initialize_config_dir(path, version_base=HYDRA_VERSION):
        composed = compose(name, overrides, return_hydra_config=True)
        folder = Path(composed.hydra.run.dir)
    return without_hydra(composed), folder


def _resumed(composed: DictConfig, overrides: list[str]) -> tuple[DictConfig, Path]:
    """The settings that the killed run began with, and its folder.

    The address of the tracking store alone may be given anew: a password is not kept, and a server may have moved.
    """
    others = [override for override in overrides if not override.startswith(("resume=", f"{ALLOW_CODE}=", STORE))]
    if others:
        raise UserError(f"resume={composed.resume}: a resumed run keeps its settings; leave out {' '.join(others)}")
    folder = Path(run_folder(composed.resume, ""))
    check_same_config(folder)
    check_same_backend(folder)
    with reading_own_file(folder / CONFIG, NOT_RESUMABLE):
        begun = DictConfig(OmegaConf.load(folder / CONFIG))
    if any(override.startswith(STORE) for override in overrides):
        begun.tracking.uri = composed.tracking.uri
    begun[ALLOW_CODE] = allowed_code(overrides)  # typed anew: others may have written the folder
    return begun, folder
