"""Where painted weights lie: those that come with the package, and those that were made on this machine."""

import json
from pathlib import Path

import keras

from crack_exp.model.painted.network import network_of
from crack_exp.system.cache_dir import cache_dir
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256

SHIPPED = Path(__file__).parent / "shipped"
"""The weights that come with the package, each NAME.npz named as its model under conf/model/."""


def packaged_path(body: keras.Model) -> Path:
    """The file that comes with the package for the architecture and width of `body`.

    Raises UserError, naming the models that there are files for, where there is none, and where it is damaged.
    """
    index, name = read_index(SHIPPED), shipped_name(body)
    if name is None:
        models = " or ".join(f"model={known}" for known in index) or "no model at all"
        raise UserError(
            f"model.weights=painted: there are none for {network_of(body)}, only for {models}; choose one that there "
            "are weights for, or train your own by python -m crack_exp.pretrain"
        )
    path = SHIPPED / f"{name}.npz"
    if not path.is_file() or file_sha256(path) != index[name]["sha256"]:
        raise UserError(f"model.weights=painted: '{path}' is a damaged file (sha256); install crack_exp anew")
    return path


def cache_path(body: keras.Model, name: str) -> Path:
    """Where weights of this name, made on this machine, are kept for networks such as `body`."""
    return cache_dir() / f"{name}-{network_of(body).key}.npz"


def shipped_name(body: keras.Model) -> str | None:
    """What `model=` has to be for a network such as `body`, where weights for it come with the package."""
    key = network_of(body).key
    return next((name for name, entry in read_index(SHIPPED).items() if entry["network"] == key), None)


def read_index(folder: Path) -> dict[str, dict[str, str]]:
    """Of each NAME.npz in `folder`, by name: the `network` (its key) that it is for, and its `sha256`."""
    return json.loads((folder / "index.json").read_text())
