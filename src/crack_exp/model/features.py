"""What the frozen part of a network makes of images: computed once, and not once an epoch."""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

import keras
import numpy as np

from crack_exp.data.image_store import Store
from crack_exp.model.engines import ENGINES, KERAS, Engines
from crack_exp.model.feature_cache import ArrayOf, FeatureCache
from crack_exp.model.openvino_engine import Forward
from crack_exp.model.split_model import sources_of, split_at
from crack_exp.model.weights import fingerprint
from crack_exp.system.prefetch import prefetch
from crack_exp.system.progress import track

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
    engines: Engines,
) -> dict[str, Features]:
    """{layer: its output for each image, as `dtype`}, from files or from one pass through the network.

    images: asked only where a file is missing; contents: sha256 of each image's file. The order of the images does
    not matter: another split of the same ones reads the same files. Empty where there is no room for them, which is
    said in a warning. Files of any of the `engines` are read; what is computed is by the one that they choose.

    Raises UserError where they allow OpenVINO alone, and it gives something else than Keras.
    """
    bodies = {layer: split_at(model, layer)[0] for layer in layers}
    keys = {engine: _keys(bodies, sorted(contents), dtype, engine) for engine in ENGINES}
    arrays = {layer: ArrayOf((len(contents), *body.output.shape[1:]), dtype) for layer, body in bodies.items()}
    wanted = {engine: {key: arrays[layer] for layer, key in of.items()} for engine, of in keys.items()}
    order = np.argsort(contents, kind="stable")

    def compute() -> tuple[str, Iterator[dict[str, np.ndarray]]]:
        store, body = images(), keras.Model(model.input, {layer: one.output for layer, one in bodies.items()})
        engine, forward = engines.choose(body, lambda: store[order[:BATCH_SIZE]])
        return engine, _outputs(forward, store, order, keys[engine])

    try:
        engine, found = _read_or_make(cache, wanted, engines.names, compute)
    except OSError as error:
        log.warning("runtime.feature_cache: training goes on without it, '%s': %s", cache.folder, error.strerror)
        return {}
    engines.take(engine)
    rows = np.argsort(order)
    return {layer: Features(found[key], rows) for layer, key in keys[engine].items()}


def _keys(bodies: Mapping[str, keras.Model], contents: Sequence[str], dtype: str, engine: str) -> dict[str, str]:
    return {layer: feature_key(body, contents, dtype, engine) for layer, body in bodies.items()}


def _read_or_make(
    cache: FeatureCache,
    wanted: Mapping[str, Mapping[str, ArrayOf]],
    engines: Sequence[str],
    compute: Callable[[], tuple[str, Iterator[dict[str, np.ndarray]]]],
) -> tuple[str, dict[str, np.ndarray]]:
    """An engine and its arrays. wanted: by engine; engines: whose files may be read, in this order."""
    if read := _read(cache, wanted, engines):
        return read
    with cache.alone():
        if read := _read(cache, wanted, engines):  # another process may have made them meanwhile
            return read
        began = time.monotonic()
        engine, outputs = compute()
        found = cache.read(wanted[engine])
        missing = {key: of for key, of in wanted[engine].items() if key not in found}
        cache.make_room(sum(of.bytes for of in missing.values()))
        cache.write(missing, outputs)
        log.info("features of %s images: computed in %.1f s by %s", _count(wanted), time.monotonic() - began, engine)
        return engine, found | cache.read(missing)


def _read(
    cache: FeatureCache, wanted: Mapping[str, Mapping[str, ArrayOf]], engines: Sequence[str]
) -> tuple[str, dict[str, np.ndarray]] | None:
    """The first engine all of whose files are there."""
    for engine in engines:
        found = cache.read(wanted[engine])
        if found.keys() == wanted[engine].keys():
            log.info("features of %s images: read from '%s', by %s", _count(wanted), cache.folder, engine)
            return engine, found
    return None


def _count(wanted: Mapping[str, Mapping[str, ArrayOf]]) -> str:
    return f"{next(iter(wanted[KERAS].values())).shape[0]:,}"


def feature_key(body: keras.Model, contents: Sequence[str], dtype: str, engine: str) -> str:
    """Names the outputs of `body` for images of these contents: by structure, precision, weights and engine."""
    facts = [VERSION, structure(body), fingerprint(body), list(contents), dtype, engine]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def structure(model: keras.Model) -> list[object]:
    """Each layer's kind and settings, but for its name, and which layers it takes its inputs from."""
    return [
        [type(layer).__name__, _settings(layer), sources]
        for layer, sources in zip(model.layers, sources_of(model), strict=True)
    ]


def _settings(layer: keras.Layer) -> dict[str, object]:
    return {key: value for key, value in layer.get_config().items() if key not in ("name", "trainable")}


def _outputs(
    forward: Forward, images: Store, order: np.ndarray, keys: Mapping[str, str]
) -> Iterator[dict[str, np.ndarray]]:
    """What `forward` makes of each layer, by the layer's key, batch by batch of the images in this order."""
    batches = np.split(order, range(BATCH_SIZE, len(order), BATCH_SIZE))
    read = prefetch(partial(images.__getitem__, batch) for batch in batches)
    for batch in track(read, "features", len(batches)):
        # A last batch that is smaller would be traced anew, which takes seconds for a deep network.
        outputs = forward(np.resize(batch, (BATCH_SIZE, *batch.shape[1:])))
        yield {key: outputs[layer][: len(batch)] for layer, key in keys.items()}
