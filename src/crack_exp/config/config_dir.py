"""What YAML files of others may set of Hydra's own configuration, checked before Hydra acts on it.

Hydra builds what `hydra.callbacks` names and opens the files of `hydra.job_logging` before a job begins. So the command
is composed here first, as Hydra will do it, and compared with what the command line alone asks of Hydra.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra import initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from crack_exp.config.compose import HYDRA_VERSION, conf_of
from crack_exp.config.interpolations import check_interpolations
from crack_exp.config.texts import as_hydra_text
from crack_exp.system.errors import UserError

REFUSED_FLAGS = ("config_path", "config_name", "experimental_rerun")
"""They would replace the program's own files, or read a pickle."""

SEARCHPATH = "hydra.searchpath"
FREE = {"hydra.run.dir", "hydra.sweep.dir"}
LAUNCHERS = {
    "hydra._internal.core_plugins.basic_launcher.BasicLauncher",
    "hydra_plugins.hydra_joblib_launcher.joblib_launcher.JoblibLauncher",
}
"""Those that a file may choose and set: others can be told to start any command."""

FILLED_IN = {"hydra.runtime", "hydra.job.name", "hydra.job.config_name", "hydra.job.override_dirname", SEARCHPATH}
"""What Hydra itself fills in."""


def check_config_dir(config_name: str, words: Sequence[str]) -> list[str]:
    """Raise UserError where a file of `--config-dir` or `hydra.searchpath` sets more of Hydra than it may.

    words: of the command line, whose own settings of Hydra are trusted. Returns these folders.
    """
    given = get_args_parser().parse_args(list(words))
    for flag in REFUSED_FLAGS:
        if getattr(given, flag) is not None:
            raise UserError(f"--{flag.replace('_', '-')}: not possible here; name a folder of your own by --config-dir")
    overrides = OverridesParser.create().parse_overrides(given.overrides)
    searched = [one.value() for one in overrides if one.key_or_group == SEARCHPATH]
    folders = [str(Path(given.config_dir).absolute())] if given.config_dir and Path(given.config_dir).is_dir() else []
    folders += map(str, searched[0]) if searched and isinstance(searched[0], list) else []
    if folders:
        of_hydra = [one.input_line for one in overrides if one.is_hydra_override() and one.key_or_group != SEARCHPATH]
        others = [one.input_line for one in overrides if not one.is_hydra_override()]
        path, name = conf_of(config_name)
        with initialize_config_dir(path, version_base=HYDRA_VERSION):
            _check(name, of_hydra, others, folders)
    return folders


def _check(name: str, of_hydra: list[str], others: list[str], folders: Sequence[str]) -> None:
    """The same, of the primary file `name`, by the overrides for Hydra, the `others`, and the folders searched."""
    searched = f"{SEARCHPATH}=[{','.join(map(as_hydra_text, folders))}]"
    asked = [*of_hydra, searched]
    sweep = _composed(name, [*asked, *others], RunMode.MULTIRUN)
    expected = _expected(name, [one for one in of_hydra if not _chooses_launcher(one, sweep)])
    for composed, task in [(sweep, others), *_jobs(name, asked, others)]:
        found = _raw(composed)
        differing = _differing(found, expected | {"overrides": {"hydra": asked, "task": task}})
        if differing is not None:
            raise UserError(
                f"{differing}: set by a file of {', '.join(folders)}; of Hydra's own settings a file may have "
                "hydra.run.dir, hydra.sweep.dir and hydra.launcher; give others on the command line"
            )
        theirs = {part: found[part] for part in ("run", "sweep", "launcher") if found[part] != expected[part]}
        check_interpolations({"hydra": theirs})


def _expected(name: str, of_hydra: list[str]) -> dict[str, Any]:
    """What the command line alone asks of Hydra, by the program's own files."""
    try:
        return _raw(_composed(name, of_hydra, RunMode.MULTIRUN))
    except HydraException as error:
        raise UserError(f"{' '.join(of_hydra)}: no such choice among the program's own; leave it out") from error


def _jobs(name: str, asked: list[str], others: list[str]) -> Iterator[tuple[DictConfig, list[str]]]:
    """Each job of a sweep, composed as it will be, and its overrides: jobs may choose different files."""
    parsed = OverridesParser.create().parse_overrides(others)
    kept = [one for one in parsed if not _is_sweep_of_numbers(one)]  # these choose no file
    for job in dict.fromkeys(map(tuple, BasicSweeper.split_arguments(kept, max_batch_size=None)[0])):
        yield _composed(name, [*asked, *job], RunMode.RUN), list(job)


def _is_sweep_of_numbers(override: Override) -> bool:
    return override.is_discrete_sweep() and all(isinstance(one, int | float) for one in override.sweep_iterator())


def _composed(name: str, overrides: list[str], mode: RunMode) -> DictConfig:
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    return hydra.compose_config(name, overrides, run_mode=mode, with_log_configuration=False, from_shell=False)


def _raw(composed: DictConfig) -> dict[str, Any]:
    """Hydra's own configuration, with nothing computed."""
    raw = OmegaConf.to_container(composed.hydra, resolve=False)
    assert isinstance(raw, dict)
    return {str(key): value for key, value in raw.items()}


def _chooses_launcher(override: str, composed: DictConfig) -> bool:
    """Whether this is the choice of a launcher that may stand in a file."""
    return override.startswith("hydra/launcher=") and _is_free_launcher(_raw(composed)["launcher"])


def _is_free_launcher(launcher: Any) -> bool:
    return isinstance(launcher, dict) and launcher.get("_target_") in LAUNCHERS


def _differing(found: Any, expected: Any, key: str = "hydra") -> str | None:
    """The first key of which `found` has another value than `expected`, and may not."""
    if key in FREE or key in FILLED_IN or (key == "hydra.launcher" and _is_free_launcher(found)):
        return None
    if not (isinstance(found, dict) and isinstance(expected, dict)):
        return None if found == expected else key
    differing = (_differing(found.get(name), expected.get(name), f"{key}.{name}") for name in {**expected, **found})
    return next((one for one in differing if one is not None), None)
