"""The identity of a training: a fingerprint of all that decides its result: settings, images, weights, code."""

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path

from crack_exp.config import Config
from crack_exp.config.effects import values_with
from crack_exp.config.validators import MODEL
from crack_exp.system.errors import UserError
from crack_exp.system.keras_backend import keras_backend
from crack_exp.system.machine import package_version

LIBRARIES = ("keras", "numpy", "scipy", "scikit-learn", "pillow", "pillow-heif", "openvino")
"""What images are read by, networks computed, and figures found; beside Keras's backend."""


def training_identity(config: Config, *, images: str, weights: Sequence[str], computing: Sequence[str]) -> str:
    """Equal for trainings of equal result: it does not depend on places of files, nor on settings of the evaluation.

    images, weights: fingerprints of the images and of what training starts from, since files change and keep their
    names; computing: the precision and the devices, which settings may leave to the machine.
    """
    # Without features, which may be stored in 16 bits, images are computed anew; how much room they get has no effect.
    has_features = config.runtime.feature_cache.max_gb > 0
    code, versions = code_sha256(*config.allow_code), [package_version(name) for name in (keras_backend(), *LIBRARIES)]
    facts = [values_with(MODEL, config), has_features, images, *weights, *computing, code, keras_backend(), *versions]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def code_sha256(*own: str) -> str:
    """Fingerprint of the Python files, as they are on disk, of this package and of the user's `own` ones.

    All of them: which ones can change a result is not known for sure, and training again is the safe mistake.
    """
    return hashlib.sha256(json.dumps(code_files(*own), sort_keys=True).encode()).hexdigest()


def code_files(*own: str) -> dict[str, str]:
    """{file below its package: sha256} of the same files."""
    found = dict[str, str]()
    for place in (Path(__file__).parents[1], *map(_place, own)):
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            found[file.relative_to(place.parent).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def _place(package: str) -> Path:
    """The folder of a package, or the file of a module. Raises UserError where there is none."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None or not (file := Path(spec.origin)).is_file():
        raise UserError(f"allow_code=[{package}]: Python finds no package of that name; check the spelling")
    return file.parent if spec.submodule_search_locations else file
