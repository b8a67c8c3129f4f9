"""The paths of painted weights: those in the package, and those made on this machine."""

import json
from pathlib import Path

import keras

from crack_exp.model.painted.network import network_of
from crack_exp.system.cache_dir import cache_dir
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256

SHIPPED = Path(__file__).parent / "shipped"
"""The folder of weights in the package; each NAME.npz has the name of its model under conf/model/."""


def packaged_path(body: keras.Model) -> Path:
    """The file in the package for the architecture and width of `body`.

    Raises UserError if there is none, naming the models with files, or if it is damaged.
    """
    index, name = read_index(SHIPPED), shipped_name(body)
    if name is None:
        models = " or ".join(f"model={known}" for known in index) or "no model at all"
        raise UserError(
            f"model.weights=painted: there are none for {network_of(body)}, only for {models}; choose one of "
            "these models, or train your own weights by python -m crack_exp.pretrain"
        )
    path = SHIPPED / f"{name}.npz"
    if not path.is_file() or file_sha256(path) != index[name]["sha256"]:
        raise UserError(f"model.weights=painted: '{path}' is a damaged file (sha256); install crack_exp again")
    return path


def cache_path(body: keras.Model, name: str) -> Path:
    """The path of weights with this name, made on this machine, for networks like `body`."""
    return cache_dir() / f"{name}-{network_of(body).key}.npz"


def shipped_name(body: keras.Model) -> str | None:
    """The value of `model=` for a network like `body`, if the package has weights for it, else None."""
    key = network_of(body).key
    return next((name for name, entry in read_index(SHIPPED).items() if entry["network"] == key), None)


def read_index(folder: Path) -> dict[str, dict[str, str]]:
    """For each NAME.npz in `folder`, by name: the key of its `network`, and its `sha256`."""
    return json.loads((folder / "index.json").read_text())
