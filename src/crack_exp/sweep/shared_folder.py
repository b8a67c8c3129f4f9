"""The folder that all workers of a sweep share, and whether they do."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from crack_exp.config.schema import SweepConfig, TrackingConfig
from crack_exp.config.setting_errors import one_sentence
from crack_exp.sweep.agreement import NOT_READABLE
from crack_exp.system.errors import UserError
from crack_exp.system.files import write_text
from crack_exp.system.locks import exclusive_lock
from crack_exp.system.machine import host_name
from crack_exp.system.own_files import reading_own_file
from crack_exp.tracking.store import experiment_tag, prepare_store, tag_experiment

FILE, LOCK = "sweep.json", "sweep.lease"
TAG = "shared_sweep/"
LONGEST = 80
"""Characters of the name of a folder."""


def sweep_settings(config: DictConfig) -> SweepConfig:
    """Those of a sweep, before its jobs are composed. Raises UserError where one is wrong, or there is no name."""
    try:
        shape = OmegaConf.create({"sweep": OmegaConf.structured(SweepConfig)})
        sweep = OmegaConf.to_object(OmegaConf.merge(shape, {"sweep": config.sweep}).sweep)
    except OmegaConfBaseException as error:
        raise UserError(one_sentence(error)) from error
    assert isinstance(sweep, SweepConfig)
    if sweep.name is None or not sweep.name.strip():
        raise UserError("sweep.worker=true: the workers of a sweep know each other by its name; add sweep.name=NAME")
    return sweep


def shared_folder(sweep: SweepConfig) -> Path:
    """The folder of the sweep of this name; a name that is no good name of a folder gets a fingerprint."""
    assert sweep.name is not None
    name = re.sub(r"[^\w.-]", "_", sweep.name)[:LONGEST].lstrip(".")
    if name != sweep.name:
        name = f"{name}-{hashlib.sha256(sweep.name.encode()).hexdigest()[:8]}"
    return Path(sweep.folder).expanduser() / name


def join_sweep(sweep: SweepConfig, tracking: TrackingConfig) -> bool:
    """Begin the sweep in its folder, and tell the tracking store; or join it. Returns whether it was begun.

    Raises UserError where the workers do not share their folder, or not their store: the store knows in which folder
    the sweep began, and the folder in which store.
    """
    prepare_store(tracking.store, tracking.experiment)
    folder = shared_folder(sweep)
    file = folder / FILE
    with exclusive_lock(folder / LOCK):
        is_new = not file.exists()
        if is_new:
            token, here = token_hex(8), f"{host_name()}:{folder.resolve()}"
            check_shared(sweep, tracking, {"token": "", "by": "", "store": ""})
            write_text(file, json.dumps({"token": token, "by": here, "store": tracking.store.absolute}))
            tag_experiment(tracking.store, tracking.experiment, _tag(sweep), f"{token} {here}")
    check_shared(sweep, tracking)
    return is_new


def check_shared(sweep: SweepConfig, tracking: TrackingConfig, begun: Mapping[str, str] | None = None) -> None:
    """Raise UserError where folder and store do not belong together. begun: what the folder says, read if not given."""
    folder = shared_folder(sweep)
    begun = begun or _read(folder / FILE)
    known = experiment_tag(tracking.store, tracking.experiment, _tag(sweep))
    token, _, there = (known or "").partition(" ")
    if token == begun["token"]:
        return
    if known is None:
        raise UserError(
            f"tracking.uri: '{tracking.store.absolute}' does not know the sweep.name={sweep.name}, which began in "
            f"'{begun['by']}' with the store '{begun['store']}'; give all workers one store, or choose another "
            "sweep.name"
        )
    raise UserError(
        f"sweep.folder={sweep.folder}: '{host_name()}:{folder.resolve()}' is not the folder '{there}', in which the "
        f"sweep.name={sweep.name} began; give all workers one folder that their machines share, or choose another "
        "sweep.name"
    )


def _read(file: Path) -> dict[str, str]:
    with reading_own_file(file, NOT_READABLE):
        kept = json.loads(file.read_text())
        return {key: str(kept[key]) for key in ("token", "by", "store")}


def _tag(sweep: SweepConfig) -> str:
    assert sweep.name is not None
    return TAG + hashlib.sha256(sweep.name.encode()).hexdigest()[:16]  # MLflow does not allow every name as a key
