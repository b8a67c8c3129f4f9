"""Trained weights for a backbone, and proof of which ones they are."""

import hashlib
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np


def load_weights(body: keras.Model, backbone: Callable[..., keras.Model], weights: str) -> None:
    """Give `body`, built by `backbone`, the weights "imagenet", "none" (leave it random) or those of a file.

    Raises ValueError where they can't be had, or belong to another architecture or width.
    """
    if weights == "imagenet":
        _load_imagenet(body, backbone)
    elif weights != "none":
        _load_file(body, Path(weights).expanduser())


def fingerprint(model: keras.Model) -> str:
    """sha256 over all weights in order: equal for equal values, whatever file they came from."""
    digest = hashlib.sha256()
    for value in model.get_weights():
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def file_sha256(weights: str) -> str | None:
    """sha256 of the weights file, as `sha256sum` tells it; None where `weights` names no file."""
    path = Path(weights).expanduser()
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _load_imagenet(body: keras.Model, backbone: Callable[..., keras.Model]) -> None:
    try:
        # Keras picks the file by the input's size; one built for itself keeps that choice its own.
        trained = backbone(input_shape=body.input_shape[1:], include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception where the download fails
        if not str(error).startswith("URL fetch failure"):
            raise
        raise ValueError(
            "model.weights=imagenet: not in Keras's cache (~/.keras/models) and the download failed; connect to the "
            "internet once, give the path of a weights file, or train from nothing with model.weights=none"
        ) from error
    body.set_weights(trained.get_weights())


def _load_file(body: keras.Model, path: Path) -> None:
    if not path.is_file():
        raise ValueError(f"model.weights={path}: no such file; give imagenet, none or the path of a .weights.h5 file")
    before = _kernels(body)
    try:
        with warnings.catch_warnings():
            # Keras warns of each layer that has nothing to load; the check below tells what matters.
            warnings.simplefilter("ignore", UserWarning)
            body.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"model.weights={path}: not the weights of this backbone ({_first_line(error)})") from error
    missed = [name for name, kernel in _kernels(body).items() if np.array_equal(kernel, before[name])]
    if missed:
        raise ValueError(f"model.weights={path}: holds nothing for {len(missed)} layers, e.g. {missed[0]}")


def _kernels(body: keras.Model) -> dict[str, np.ndarray]:
    """The weights that are drawn at random: one that a file leaves as it was, the file did not hold."""
    return {layer.name: layer.get_weights()[0] for layer in body.layers if layer.weights and layer.weights[0].ndim > 1}


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".:")
