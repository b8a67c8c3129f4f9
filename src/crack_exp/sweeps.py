"""What a sweep tells of its jobs, beyond what each job tells itself: names, errors, and a summary at its end."""

import json
import logging
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from crack_exp.config.mistakes import as_mistake
from crack_exp.quiet import quiet_start

ERROR_FILE = "error.json"
NAMES_THEMSELVES = ("optimizer", "model", "data", "experiment")
"""Groups whose choices are names that say enough alone; `none` and `all` would not."""

log = logging.getLogger(__name__)


class TheSweep(Callback):
    """Remembers, in the process that starts a sweep, which one it was."""

    config: DictConfig | None = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        TheSweep.config = config


def sweep_name(folder: Path) -> str:
    """'2026-11-25/19-06-24-419292': by day and time, as its folder below outputs/multirun."""
    return "/".join(folder.parts[-2:])


def own_overrides(folder: Path, overrides: Sequence[str]) -> list[str]:
    """Those of a job that other jobs of the sweep in `folder` have otherwise: what was not typed as one value."""
    typed = OverridesParser.create().parse_overrides(OmegaConf.load(folder / "multirun.yaml").hydra.overrides.task)
    # By their keys: what was typed as 1e-4 is 0.0001 in a job.
    fixed = {override.get_key_element() for override in typed if not override.is_sweep_override()}
    return [override for override in overrides if _key(override) not in fixed]


def job_name(own: Sequence[str]) -> str | None:
    """'rmsprop, seed=2' from `optimizer=rmsprop` and `seed=2`; None where nothing is a job's own.

    Short, because MLflow's tables and legends cut a name after two dozen characters. A dotted setting is known by its
    last word, unless it shares that with another.
    """
    last_words = [_last_word(override) for override in own]
    return ", ".join(_named(override, last_words.count(_last_word(override)) == 1) for override in own) or None


def _named(override: str, is_last_word_enough: bool) -> str:
    key, value = _key(override), override.partition("=")[2]
    if key in NAMES_THEMSELVES:
        return value
    return f"{_last_word(override) if is_last_word_enough else key}={value}"


def _key(override: str) -> str:
    return override.partition("=")[0]


def _last_word(override: str) -> str:
    """Of `optimizer@fine_tune.optimizer` all behind the @: "optimizer" is another setting."""
    key = _key(override)
    return key.rpartition("@")[2] if "@" in key else key.rpartition(".")[2]


@contextmanager
def error_kept(folder: Path, command: Sequence[str]) -> Iterator[None]:
    """Leave what ends the job in `folder` for the sweep's summary, and let it through."""
    try:
        yield
    except Exception as error:
        sentence = as_mistake(error) or f"{type(error).__name__}: {' '.join(str(error).split())}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ERROR_FILE).write_text(json.dumps({"command": shlex.join(command), "error": sentence}))
        raise


@contextmanager
def summed_up() -> Iterator[None]:
    """Behind a sweep that was started inside, whatever became of its jobs, tell of all of them."""
    TheSweep.config = None
    try:
        yield
    finally:
        if TheSweep.config is not None and "sweep" in TheSweep.config:
            _sum_up(TheSweep.config)


def _sum_up(config: DictConfig) -> None:
    with quiet_start():
        from crack_exp.experiment.sweeping import sum_up  # late: MLflow takes seconds, --help must not

    folder = Path(config.hydra.sweep.dir)
    errors = [json.loads(file.read_text()) for file in sorted(folder.glob(f"*/{ERROR_FILE}"))]
    tracking = config.tracking
    logging.basicConfig(format="%(message)s")
    sum_up(
        config.sweep.name or sweep_name(folder),
        [(error["command"], error["error"]) for error in errors],
        folder=folder,
        uri=tracking.uri,
        store=Path(tracking.folder),
        experiment=tracking.experiment,
    )
