"""Loads trained weights into a backbone, and computes fingerprints of weights."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np

from crack_exp.model.painted.file import PaintedHead, load_painted, read_head
from crack_exp.model.painted.locations import cache_path, packaged_path, shipped_name
from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.printed import own_command

PAINTED_SUFFIX = ".npz"


def load_weights(body: keras.Model, backbone: Callable[..., keras.Model], weights: str) -> None:
    """Give `body`, built by `backbone`, the weights named by `weights`; "none" leaves them random.

    weights: "none"; "imagenet"; "painted", part of the package; "imagenet+painted", made on this machine before;
    or the path of a .weights.h5 file of Keras or an .npz file of crack_exp.pretrain.
    Raises UserError if they cannot be loaded, or belong to another architecture or width.
    """
    if weights == "imagenet":
        _load_imagenet(body, backbone)
    elif (path := weights_file(body, weights)) is not None:
        load = load_painted if path.suffix == PAINTED_SUFFIX else _load_h5
        load(body, path)
        if (weight := not_finite(body)) is not None:
            raise UserError(
                f"model.weights={path}: {weight} holds values that are no finite numbers: their training went wrong; "
                "give other weights"
            )


def load_painted_head(body: keras.Model, weights: str) -> PaintedHead:
    """The head in the file of `weights`, for the features of `body`. Raises UserError if there is none."""
    path = weights_file(body, weights)
    if path is None or path.suffix != PAINTED_SUFFIX:
        raise UserError(
            f"model.head=painted: model.weights={weights} has no head; take model.weights=painted, imagenet+painted "
            "or an .npz file that crack_exp.pretrain wrote, or set model.head=new"
        )
    return read_head(path)


def weights_file(body: keras.Model, weights: str) -> Path | None:
    """The file of `weights`; None for "none" and "imagenet". Raises UserError if the file does not exist."""
    if weights in ("none", "imagenet"):
        return None
    if weights == "painted":
        return packaged_path(body)
    if weights == "imagenet+painted":
        return _cached_file(body, weights)
    path = Path(weights).expanduser()
    if not path.is_file():
        raise UserError(
            f"model.weights={weights}: no such file; give none, imagenet, painted, imagenet+painted or the path of a "
            "weights file, .weights.h5 or .npz"
        )
    return path


def fingerprint(model: keras.Model) -> str:
    """sha256 of all weights in order: equal for equal values from any file."""
    return arrays_sha256(model.get_weights())


def arrays_sha256(arrays: Sequence[np.ndarray]) -> str:
    """sha256 of the values of `arrays`, in order."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def not_finite(model: keras.Model) -> str | None:
    """The name of the first weight that holds NaN or infinity, None where all are finite numbers."""
    values = zip(model.weights, model.get_weights(), strict=True)
    return next((weight.path for weight, value in values if not np.isfinite(value).all()), None)


def weights_sha256(body: keras.Model, weights: str) -> str | None:
    """sha256 of the file of `weights`, as `sha256sum` prints it; None if there is no file."""
    path = weights_file(body, weights)
    return None if path is None else file_sha256(path)


def _cached_file(body: keras.Model, name: str) -> Path:
    path = cache_path(body, name)
    if not path.is_file():
        model = f"model={shipped_name(body) or 'NAME'}"
        make_it = own_command("pretrain", [model, "model.weights=imagenet", "budget.minutes=10", f"save_as={name}"])
        raise UserError(
            f"model.weights={name}: not made on this machine yet ('{path}' is missing); make it once, in about ten "
            f"minutes on two cores for the small MobileNetV2, longer for others: {make_it}"
        )
    return path


def _load_imagenet(body: keras.Model, backbone: Callable[..., keras.Model]) -> None:
    try:
        # Keras chooses the file by the size of the input, so build a model with this input size.
        trained = backbone(input_shape=body.input_shape[1:], include_top=False, weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception where the download fails
        if not str(error).startswith("URL fetch failure"):
            raise
        raise UserError(
            "model.weights=imagenet: not in Keras's cache (~/.keras/models) and the download failed; connect to the "
            "internet once, give the path of a weights file, or train from nothing with model.weights=none"
        ) from error
    body.set_weights(trained.get_weights())


def _load_h5(body: keras.Model, path: Path) -> None:
    before = _kernels(body)
    try:
        with warnings.catch_warnings():
            # Keras warns of each layer without weights in the file; the check below reports them.
            warnings.simplefilter("ignore", UserWarning)
            body.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        raise UserError(f"model.weights={path}: not the weights of this backbone ({first_line(error)})") from error
    missed = [name for name, kernel in _kernels(body).items() if np.array_equal(kernel, before[name])]
    if missed:
        raise UserError(f"model.weights={path}: holds no weights for {len(missed)} layers, e.g. {missed[0]}")


def _kernels(body: keras.Model) -> dict[str, np.ndarray]:
    """The randomly initialised weights: if one is unchanged after loading, the file does not contain it."""
    return {layer.name: layer.get_weights()[0] for layer in body.layers if layer.weights and layer.weights[0].ndim > 1}


def first_line(error: Exception) -> str:
    """Of what Keras says of a file that it cannot read, which may fill a screen; its kind where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".:")
