"""The identity of a training: a fingerprint of all that decides its result, settings, images and code."""

import hashlib
import importlib.metadata
import json
from dataclasses import asdict
from pathlib import Path

from crack_exp.config import Config
from crack_exp.config.effects import effect_of
from crack_exp.config.validators import MODEL
from crack_exp.tracking.mlflow_values import flatten

LIBRARIES = ("tensorflow", "keras", "numpy")


def training_identity(config: Config, images_sha256: str, precision: str) -> str:
    """Equal for trainings of equal result: it does not depend on places of files, nor on settings of the evaluation."""
    settings = {key: value for key, value in flatten(asdict(config)).items() if effect_of(key) is MODEL}
    versions = [importlib.metadata.version(name) for name in LIBRARIES]
    facts = [settings, images_sha256, precision, code_sha256(), versions]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def code_sha256() -> str:
    """Fingerprint of this package's Python files as they are on disk.

    All of them: which ones can change a result is not known for sure, and training again is the safe mistake.
    """
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package)}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
