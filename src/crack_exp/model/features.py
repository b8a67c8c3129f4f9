"""Features: the outputs of the frozen part of a network for each image, computed once instead of once per epoch."""

import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

import keras
import numpy as np

from crack_exp.data.image_io import READER
from crack_exp.data.image_store import Store
from crack_exp.model.feature_cache import ArraySpec, FeatureCache
from crack_exp.model.feature_engines import ENGINES, KERAS, Engines
from crack_exp.model.openvino_engine import Forward
from crack_exp.model.split_model import sources_of, split_at
from crack_exp.model.weights import fingerprint
from crack_exp.system.prefetch import prefetch
from crack_exp.system.progress import track

BATCH_SIZE = 64
VERSION = 2  # of the key; a new version invalidates older files

log = logging.getLogger(__name__)


class Features:
    """Features by image, float32 for any stored precision: the features of image i are in row rows[i] of `array`."""

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
    engines: Engines,
    own_code: str,
) -> dict[str, Features]:
    """{layer: its output for each image, as `dtype`}, from files or from one pass through the network.

    images: called only if a file is missing; contents: of each image, sha256 of its file, and all that decides what is
    read from it. The order of the images does not matter: another split of the same images reads the same files.
    Empty, with a warning, if there is no room for them.
    own_code: fingerprint of classes of the user's own, "" if there are none.
    Files of any of the `engines` are read; missing features are computed by the engine that they choose.

    Raises UserError if OpenVINO is required and its outputs differ from those of Keras.
    """
    bodies = {layer: split_at(model, layer)[0] for layer in layers}

    def keys_of(engine: str) -> dict[str, str]:
        facts = (sorted(contents), dtype, engines.description(engine), own_code)
        return {layer: feature_key(body, *facts) for layer, body in bodies.items()}

    keys = {engine: keys_of(engine) for engine in ENGINES}
    arrays = {layer: ArraySpec((len(contents), *body.output.shape[1:]), dtype) for layer, body in bodies.items()}
    specs = {engine: {key: arrays[layer] for layer, key in of.items()} for engine, of in keys.items()}
    order = np.argsort(contents, kind="stable")

    def compute() -> tuple[str, Iterator[dict[str, np.ndarray]]]:
        store, body = images(), keras.Model(model.input, {layer: one.output for layer, one in bodies.items()})
        engine, forward = engines.choose(body, lambda: store[order[:BATCH_SIZE]])
        return engine, _outputs(forward, store, order, keys[engine])

    try:
        engine, found = _read_or_make(cache, specs, engines.names, compute)
    except OSError as error:
        log.warning("runtime.feature_cache: training continues without it, '%s': %s", cache.folder, error.strerror)
        return {}
    engines.use(engine)
    rows = np.argsort(order)
    return {layer: Features(found[key], rows) for layer, key in keys[engine].items()}


def _read_or_make(
    cache: FeatureCache,
    specs: Mapping[str, Mapping[str, ArraySpec]],
    engines: Sequence[str],
    compute: Callable[[], tuple[str, Iterator[dict[str, np.ndarray]]]],
) -> tuple[str, dict[str, np.ndarray]]:
    """An engine and its arrays. specs: by engine and key; engines: whose files may be read, the first one preferred."""
    if read := _read(cache, specs, engines):
        return read
    with cache.exclusive():
        if read := _read(cache, specs, engines):  # another process may have written them meanwhile
            return read
        began = time.monotonic()
        engine, outputs = compute()
        found = cache.read(specs[engine])
        missing = {key: of for key, of in specs[engine].items() if key not in found}
        needed_bytes = sum(of.bytes for of in missing.values())
        log.info(
            "features of %s images: %s MB on disk, in '%s', which holds at most %g GB",
            *(_count(specs), f"{math.ceil(needed_bytes / 1e6):,}", cache.folder, cache.max_bytes / 1e9),
        )
        cache.make_room(needed_bytes)
        cache.write(missing, outputs)
        log.info("features of %s images: computed in %.1f s by %s", _count(specs), time.monotonic() - began, engine)
        return engine, found | cache.read(missing)


def _read(
    cache: FeatureCache, specs: Mapping[str, Mapping[str, ArraySpec]], engines: Sequence[str]
) -> tuple[str, dict[str, np.ndarray]] | None:
    """The first engine that has all files, with its arrays; None if there is none."""
    for engine in engines:
        found = cache.read(specs[engine])
        if found.keys() == specs[engine].keys():
            log.info("features of %s images: read from '%s', by %s", _count(specs), cache.folder, engine)
            return engine, found
    return None


def _count(specs: Mapping[str, Mapping[str, ArraySpec]]) -> str:
    return f"{next(iter(specs[KERAS].values())).shape[0]:,}"


def feature_key(body: keras.Model, contents: Sequence[str], dtype: str, engine: str, own_code: str) -> str:
    """The key of the outputs of `body` for images: a hash of all that they depend on.

    contents: of the images, which READER decodes; engine: with its version.
    """
    facts = [VERSION, structure(body), fingerprint(body), list(contents), READER, dtype, engine, own_code]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def structure(model: keras.Model) -> list[object]:
    """For each layer its class, its settings except the name, and the positions of its input layers."""
    return [
        [type(layer).__name__, _settings(layer), sources]
        for layer, sources in zip(model.layers, sources_of(model), strict=True)
    ]


def _settings(layer: keras.Layer) -> dict[str, object]:
    return {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable")}


def _outputs(
    forward: Forward, images: Store, order: np.ndarray, keys: Mapping[str, str]
) -> Iterator[dict[str, np.ndarray]]:
    """The outputs of `forward` by the layers' keys, in batches of the images in this order."""
    batches = np.split(order, range(BATCH_SIZE, len(order), BATCH_SIZE))
    read = prefetch(partial(images.__getitem__, batch) for batch in batches)
    for batch in track(read, "features", len(batches)):
        # A smaller last batch would be traced again, which takes seconds for a deep network.
        outputs = forward(np.resize(batch, (BATCH_SIZE, *batch.shape[1:])))
        yield {key: outputs[layer][: len(batch)] for layer, key in keys.items()}
