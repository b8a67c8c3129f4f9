"""What a run leaves in its checkpoint folder as it begins, by which it is known again after it was killed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from crack_exp.run_files.names import CHECKPOINT, CONFIG
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256, write_text
from crack_exp.system.keras_backend import NAMES, TENSORFLOW, VARIABLE, keras_backend
from crack_exp.system.own_files import must_be, reading_own_file

FILE = "identity.json"
NOT_RESUMABLE = "put back a copy of that file if there is one, else start a new run"


@dataclass(frozen=True)
class Begun:
    """The MLflow run that a folder belongs to, how it computes, and the fingerprints of its images and config.yaml."""

    run_id: str
    precision: str
    images_sha256: str
    config_sha256: str
    keras_backend: str


def write_begun(folder: Path, *, run_id: str, precision: str, images_sha256: str) -> None:
    """Keep it in the folder of a run, which holds config.yaml."""
    begun = Begun(run_id, precision, images_sha256, file_sha256(folder / CONFIG), keras_backend())
    (folder / CHECKPOINT).mkdir(exist_ok=True)
    write_text(folder / CHECKPOINT / FILE, json.dumps(asdict(begun)))


def read_begun(folder: Path) -> Begun | None:
    """The run that began in `folder`, None for a new folder. Raises UserError where the file is damaged."""
    file = folder / CHECKPOINT / FILE
    if not file.exists():
        return None
    with reading_own_file(file, NOT_RESUMABLE):
        # The first versions knew no other backend, and kept none.
        begun = Begun(**({"keras_backend": TENSORFLOW} | json.loads(file.read_text())))
        must_be(all(isinstance(value, str) for value in vars(begun).values()), "text")
        must_be(begun.keras_backend in NAMES, "a backend of Keras")
        return begun


def precision_of(folder: Path, requested: str) -> str:
    """The precision that the run in `folder` began with, `requested` for a new one.

    "auto" may be decided otherwise when a killed run goes on, and its results would be others.
    """
    begun = read_begun(folder)
    return begun.precision if begun else requested


def check_same_config(folder: Path) -> None:
    """Raise UserError where the config.yaml of a killed run is not the one that it began with."""
    begun, config = read_begun(folder), folder / CONFIG
    if begun is not None and file_sha256(config) != begun.config_sha256:
        raise UserError(f"'{config}': has changed since that run began; {NOT_RESUMABLE}")


def check_same_backend(folder: Path) -> None:
    """Raise UserError where a killed run would go on with another backend of Keras: its results would be others."""
    begun, here = read_begun(folder), keras_backend()
    if begun is not None and begun.keras_backend != here:
        raise UserError(
            f"resume: that run computes with {NAMES[begun.keras_backend]}, and here Keras would take {here}; "
            f"set {VARIABLE}={begun.keras_backend}, or start a new run"
        )


def check_same_images(begun: Begun | None, images_sha256: str) -> None:
    """Raise UserError where the images have changed since the run began."""
    if begun is not None and begun.images_sha256 != images_sha256:
        raise UserError("resume: the images have changed since that run began; start a new run")
