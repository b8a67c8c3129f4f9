"""LiteRT, once TensorFlow Lite: a .tflite file for phones, drones and other small machines."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from crack_exp.export import litert_conversion
from crack_exp.export.conversion import PIXELS, PROBABILITIES, Conversion, Converted, Forward
from crack_exp.export.savedmodel import write_savedmodel
from crack_exp.model.card import to_json
from crack_exp.run_files.names import MODEL_CARD
from crack_exp.system.cores import cores
from crack_exp.system.errors import UserError

FILE = "model.tflite"


def to_litert(conversion: Conversion, folder: Path) -> Converted:
    """Write FILE, with the card appended as a zip archive, as LiteRT's own metadata does it: `unzip` shows it."""
    path = folder / FILE
    _convert(conversion, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(MODEL_CARD, to_json(conversion.card))
    return Converted(path, [path], _forward(path, conversion.card.image_size_px), None)


def _convert(conversion: Conversion, path: Path) -> None:
    """In a process of its own: the converter never gives back its memory, and prints a lot."""
    with TemporaryDirectory() as kept:
        saved, images = Path(kept, "saved_model"), Path(kept, "calibration.npy")
        write_savedmodel(conversion.network, saved)
        np.save(images, conversion.calibration)
        words = [sys.executable, "-P", litert_conversion.__file__, saved, path, conversion.quantize, images]
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True, env=environment)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise UserError(f"format=litert: LiteRT cannot compute this network ({reason}); choose another format")


def _forward(path: Path, side_px: int) -> Forward:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=cores())
    compute = interpreter.get_signature_runner()

    def forward(images: np.ndarray) -> np.ndarray:
        return np.array(compute(**{PIXELS: images})[PROBABILITIES])

    forward(np.zeros((1, side_px, side_px, 3), np.uint8))  # it writes a line when it first computes
    return forward
