"""What a frozen backbone makes of images: its pooled features, computed once for every weights and set of images."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from backbone_images import ImageSet
from scipy.special import softmax

from crack_exp.data.batches import InOrder
from crack_exp.data.image_store import ImageStore
from crack_exp.data.intact_classes import choose_intact
from crack_exp.model.classifier import build_backbone
from crack_exp.model.painted import PaintedHead, read_head
from crack_exp.model.weights import PAINTED_SUFFIX, fingerprint, weights_file
from crack_exp.system.progress import track

BATCH_SIZE = 64


@dataclass(frozen=True)
class Weights:
    """kind: the column they belong to; source: as model.weights takes it.

    seed: which of their kind they are, from 1 on; random ones are drawn from it.
    """

    kind: str
    source: str
    seed: int


@dataclass(frozen=True)
class Backbone:
    """model: uint8 images (n, S, S, 3) in, pooled features (n, F) out; sha256: of its weights.

    head: the classifier that the weights were trained with, where their file holds one.
    """

    model: keras.Model
    sha256: str
    head: PaintedHead | None


def open_backbone(weights: Weights, alpha: float, image_size_px: int) -> Backbone:
    """MobileNetV2 of this width with these weights, in the precision of the session.

    Its features are the means of the last feature map over its places. Raises ValueError where the weights can't be
    had, or are another network's.
    """
    body, head = open_body(weights, alpha, image_size_px)
    model = keras.Model(body.inputs, keras.layers.GlobalAveragePooling2D()(body.output))
    return Backbone(model, fingerprint(body), head)


def open_body(weights: Weights, alpha: float, image_size_px: int) -> tuple[keras.Model, PaintedHead | None]:
    """The same up to the last feature map (n, S/32, S/32, F), and the head of the file. Raises like `open_backbone`."""
    keras.utils.set_random_seed(weights.seed)
    try:
        body = build_backbone(
            backbone=partial(keras.applications.MobileNetV2, alpha=alpha),
            rescaling=keras.layers.Rescaling(1 / 127.5, -1),
            weights=weights.source,
            image_size_px=image_size_px,
            batch_norm_momentum=0.9,  # of no consequence: nothing is trained
        )
        file = weights_file(body, weights.source)
        head = read_head(file) if file and file.suffix == PAINTED_SUFFIX else None
    except ValueError as error:
        reason = str(error).removeprefix(f"model.weights={weights.source}: ")
        raise ValueError(f"--weights {weights.kind}={weights.source}: {reason}") from error
    return body, head


def features_of(backbone: Backbone, images: ImageSet, folder: Path | None) -> np.ndarray:
    """The features of every image, float32 (N, F), with progress.

    folder: where they are kept from one command to the next, by weights, image size and contents of the files.
    """
    if folder is None:
        return extract(backbone.model, images)
    contents = (images.contents[example.name] for example in images.examples)
    key = "\n".join((backbone.sha256, str(backbone.model.input_shape), *contents))
    path = folder / f"{hashlib.sha256(key.encode()).hexdigest()}.npy"
    if not path.exists():
        _write(extract(backbone.model, images), path)
    return np.asarray(np.load(path))


def extract(model: keras.Model, images: ImageSet) -> np.ndarray:
    """What `model` answers to every image, (N, F)."""
    return np.concatenate([np.asarray(answer) for answer in answers_of(model, images)])


def answers_of(model: keras.Model, images: ImageSet) -> Iterator[Any]:
    """What `model` answers to each batch of the images, in order, with progress."""
    paths = [example.path for example in images.examples]
    contents = [images.contents[example.name] for example in images.examples]
    store = ImageStore(paths, contents, model.input_shape[1], cache_gb=0)
    batches = InOrder(store, np.arange(len(paths)), np.zeros(len(paths)), batch_size=BATCH_SIZE)
    for pixels, _ in track(batches, f"features of {images.name}, batches", len(batches)):
        yield model.predict_on_batch(pixels)


def crack_scores_of(head: PaintedHead, features: np.ndarray) -> np.ndarray:
    """1 - P(intact) as the head judges features (N, F), (N,) in [0, 1]."""
    intact = choose_intact(list(head.class_names), None)
    cracks = [name not in intact for name in head.class_names]
    probabilities = softmax(features.astype(np.float64) @ head.kernel + head.bias, axis=1)
    return np.asarray(probabilities[:, cracks].sum(axis=1))


def _write(features: np.ndarray, path: Path) -> None:
    """Write beside `path` and rename: nothing unfinished ever bears that name."""
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.save(file, features)
    unfinished.replace(path)
