"""Whether there is what a launcher of Hydra's needs, asked before Hydra is: it would answer by a traceback."""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from crack_exp.system.errors import UserError

CHOICE = "hydra/launcher="
SUBMITIT = {"submitit_local": None, "submitit_slurm": "sbatch"}
"""Launchers of the package submitit, and the command that each needs on this machine."""

PLUGIN = "hydra_plugins.hydra_submitit_launcher"
WORKERS = "or start the same command, with sweep.worker=true and sweep.name=NAME, on several machines"


def check_launcher(settings: Sequence[str]) -> None:
    """Raise UserError where the launcher that is named among `settings` cannot work here."""
    chosen = next((setting.removeprefix(CHOICE) for setting in settings if setting.startswith(CHOICE)), None)
    if chosen == "ray" or (chosen or "").startswith("ray_"):
        raise UserError(
            f"{CHOICE}{chosen}: Hydra's launcher for Ray needs cloudpickle < 3, and other packages do not "
            f"work with that; use {CHOICE}submitit_slurm, {WORKERS}"
        )
    if chosen not in SUBMITIT:
        return
    if find_spec("hydra_plugins") is None or find_spec(PLUGIN) is None:
        raise UserError(f"{CHOICE}{chosen}: needs a further package; install it by pip install 'crack-exp[slurm]'")
    needed = SUBMITIT[chosen]
    if needed is not None and shutil.which(needed) is None:
        raise UserError(
            f"{CHOICE}{chosen}: there is no Slurm on this machine (no command {needed}); start it on a machine of the "
            f"cluster that can submit jobs, {WORKERS}"
        )


@contextmanager
def dead_jobs_told() -> Iterator[None]:
    """Inside, submitit's word for a job whose process died becomes a UserError: one sentence in place of its log."""
    try:
        yield
    except Exception as error:
        # By its name, since the package may not be there.
        if (type(error).__module__, type(error).__name__) != ("submitit.core.utils", "UncompletedJobError"):
            raise
        raise UserError(
            f"hydra/launcher: the process of a job died{_log_of(str(error))}; start the same command again: it waits "
            "for jobs that still run, and does what is not finished"
        ) from error


def _log_of(message: str) -> str:
    """Where the job's own words are, by submitit's message."""
    found = re.search(r"with path (.+)_result\.pkl", message)
    return f" (its last words are in '{found[1]}_log.err')" if found else ""
