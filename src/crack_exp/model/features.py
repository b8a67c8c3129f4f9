"""What the frozen part of a network makes of images: computed once, and not once an epoch."""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

import keras
import numpy as np

from crack_exp.data.ahead import ahead
from crack_exp.data.progress import track
from crack_exp.data.stores import Store
from crack_exp.model.cutting import sources_of, split_at
from crack_exp.model.feature_cache import ArrayOf, FeatureCache
from crack_exp.model.folding import with_folded_batch_norm
from crack_exp.model.weights import fingerprint

BATCH_SIZE = 64
VERSION = 1  # of what a key stands for; another one makes older files useless

log = logging.getLogger(__name__)


class Features:
    """Features by image, float32 in whatever precision they are kept: those of image i are row rows[i] of `array`."""

    def __init__(self, array: np.ndarray, rows: np.ndarray) -> None:
        self.shape, self.dtype = array.shape[1:], np.dtype(np.float32)
        self._array, self._rows = array, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, indices: np.ndarray) -> np.ndarray:
        return self._array[self._rows[indices]].astype(self.dtype)


def features_at(
    model: keras.Model,
    layers: Collection[str],
    images: Callable[[], Store],
    contents: Sequence[str],
    *,
    dtype: str,
    cache: FeatureCache,
) -> dict[str, Features]:
    """{layer: its output for each image, as `dtype`}, from files or from one pass through the network.

    images: asked only where a file is missing; contents: sha256 of each image's file. The order of the images does
    not matter: another split of the same ones reads the same files. Empty where there is no room for them, which is
    said in a warning.
    """
    bodies = {layer: split_at(model, layer)[0] for layer in layers}
    keys = {layer: feature_key(body, sorted(contents), dtype) for layer, body in bodies.items()}
    wanted = {keys[layer]: ArrayOf((len(contents), *body.output.shape[1:]), dtype) for layer, body in bodies.items()}
    order = np.argsort(contents, kind="stable")

    def compute() -> Iterator[dict[str, np.ndarray]]:
        body = keras.Model(model.input, {keys[layer]: one.output for layer, one in bodies.items()})
        yield from _outputs(with_folded_batch_norm(body), images(), order)

    try:
        found = _read_or_make(cache, wanted, compute)
    except OSError as error:
        log.warning("runtime.feature_cache: training goes on without it, '%s': %s", cache.folder, error.strerror)
        return {}
    rows = np.argsort(order)
    return {layer: Features(found[key], rows) for layer, key in keys.items()}


def _read_or_make(
    cache: FeatureCache, wanted: Mapping[str, ArrayOf], compute: Callable[[], Iterator[dict[str, np.ndarray]]]
) -> dict[str, np.ndarray]:
    images = f"{next(iter(wanted.values())).shape[0]:,}"
    found = cache.read(wanted)
    if found.keys() == wanted.keys():
        log.info("features of %s images: read from '%s'", images, cache.folder)
        return found
    with cache.alone():
        found |= cache.read(wanted)  # another process may have made them meanwhile
        if missing := {key: of for key, of in wanted.items() if key not in found}:
            cache.make_room(sum(of.bytes for of in missing.values()))
            began = time.monotonic()
            cache.write(missing, compute())
            log.info("features of %s images: computed in %.1f s", images, time.monotonic() - began)
            found |= cache.read(missing)
    return found


def feature_key(body: keras.Model, contents: Sequence[str], dtype: str) -> str:
    """Names the outputs of `body` for images of these contents: by structure, precision and weights."""
    facts = [VERSION, structure(body), fingerprint(body), list(contents), dtype]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def structure(model: keras.Model) -> list[object]:
    """Each layer's kind and settings, but for its name, and which layers it takes its inputs from."""
    return [
        [type(layer).__name__, _settings(layer), sources]
        for layer, sources in zip(model.layers, sources_of(model), strict=True)
    ]


def _settings(layer: keras.Layer) -> dict[str, object]:
    return {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable")}


def _outputs(body: keras.Model, images: Store, order: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
    """The outputs of `body`, batch by batch of the images in this order."""
    batches = np.split(order, range(BATCH_SIZE, len(order), BATCH_SIZE))
    read = ahead(partial(images.__getitem__, batch) for batch in batches)
    for batch in track(read, "features", len(batches)):
        yield body.predict_on_batch(batch)
