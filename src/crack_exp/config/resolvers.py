"""What YAML can compute: the folder of a run."""

from pathlib import Path

from omegaconf import OmegaConf

from crack_exp.system.errors import UserError


def register_resolvers() -> None:
    """Make `${run_folder:RESUME,FRESH}` known to OmegaConf."""
    OmegaConf.register_new_resolver("run_folder", run_folder, replace=True)


def run_folder(resume: str | None, fresh: str) -> str:
    """`fresh` for a new run, the folder itself for one to resume.

    Raises UserError where there is no killed run in it: checked here, before Hydra creates what it does not find.
    """
    if resume is None:
        return fresh
    folder = Path(resume).expanduser()
    if not (folder / "config.yaml").is_file():
        raise UserError(f"resume={resume}: no run began there; give the folder that the killed run named at its start")
    if not (folder / "checkpoint").is_dir():
        raise UserError(f"resume={resume}: that run is complete, or never came to train; start a new one")
    return str(folder)
