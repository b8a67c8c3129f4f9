"""The network and batches of each phase: the whole network and images, or its upper part and cached features."""

import json
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import keras
import numpy as np

from crack_exp.config.schema import Config
from crack_exp.data.augmentation import View
from crack_exp.data.batches import Batches, InOrder
from crack_exp.data.examples import PathsOf, Splits
from crack_exp.data.image_store import ImageStore, Store
from crack_exp.model.batch_memory import check_batch
from crack_exp.model.classifier import uncompiled
from crack_exp.model.feature_cache import FeatureCache
from crack_exp.model.feature_engines import Engines
from crack_exp.model.features import features_at
from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.freezing import first_active_layer
from crack_exp.model.split_model import cut_below, split_at
from crack_exp.run.parts import Parts
from crack_exp.run.prepare_images import Images, label_indices
from crack_exp.run_files.identity import code_sha256
from crack_exp.system.cache_dir import FEATURES, cache_dir
from crack_exp.training.phase import Phase, unfreeze

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SplitBatches:
    """Batches of all three splits, and the training labels (n,) for class weights."""

    train: Batches
    validation: Any
    test: Any
    train_labels: np.ndarray


@dataclass(frozen=True)
class PhasePlan:
    """A network and its batches. `predictor` shares its layers and is never compiled."""

    model: keras.Model
    predictor: keras.Model
    batches: SplitBatches


def plan_phases(
    config: Config, parts: Parts, model: keras.Model, images: Images, engines: Engines, *, is_trained: bool
) -> list[PhasePlan]:
    """One for each phase, or a single one where nothing is trained.

    Where training images are not augmented anew in each epoch, the layers below a phase's first active layer compute
    the features of all images once. Batch normalisation that stays frozen is folded into the convolutions.
    is_trained: the model will be given its weights, so that no image need be read and nothing computed.
    """
    fresh = is_trained or (bool(parts.augment) and not config.augment.views)

    @cache
    def image_store(cache_gb: float) -> Store:
        return _image_store(config, images, cache_gb)

    cuts = [None] * len(parts.phases) if fresh else cuts_of(model, parts.phases)
    all_images = partial(image_store, 0.0 if is_trained else config.data.cache_gb)
    # Images that are read once need not stay in memory.
    source = partial(image_store, 0.0) if None not in cuts and not parts.augment else all_images
    features = _features(config, parts, model, {cut for cut in cuts if cut}, images, source, engines)

    def plan(phase: Phase | None, cut: str | None) -> PhasePlan:
        kept = features.get(cut) if cut else None
        network = split_at(model, cut)[1] if cut and kept else model
        if not (phase and phase.train_batch_norm):
            network = with_folded_batch_norm(network)
        batches = kept or _load(config, images.splits, all_images(), layers=parts.augment)
        if not engines.on_gpu:
            check_batch(network, min(config.training.batch_size, len(batches.train_labels)), config.training.batch_size)
        return PhasePlan(network, uncompiled(network), batches)

    phases: list[Phase | None] = [*parts.phases] or [None]
    return [plan(phase, cut) for phase, cut in zip(phases, cuts or [None], strict=True)]


def cuts_of(model: keras.Model, phases: Sequence[Phase]) -> list[str | None]:
    """The layer after which each phase is cut: below it all layers are frozen; None where these have no weights.

    Layers that an earlier phase trains have changed since the features were computed: no cut lies above them.
    """
    names, cuts = [layer.name for layer in model.layers], list[str | None]()
    lowest = len(names)
    for phase in phases:
        unfreeze(model, phase)
        lowest = min(lowest, names.index(first_active_layer(model)))
        cut = cut_below(model, names[lowest])
        cuts.append(cut if split_at(model, cut)[0].count_params() else None)
    return cuts


def deployed_plan(config: Config, network: keras.Model, images: Images, trained: PhasePlan) -> PhasePlan:
    """The network that is saved, on images: figures and threshold shall be those of the model that is used.

    For runs in 16 bits, whose network computes in float32 when it is used: some scores move by tenths.
    trained: the last plan; where it has images and no features, they are in memory, and are not read again.
    """
    folded = with_folded_batch_norm(network)
    if trained.model.input_shape == network.input_shape:
        return PhasePlan(folded, folded, trained.batches)
    return PhasePlan(folded, folded, _load(config, images.splits, _image_store(config, images, cache_gb=0.0)))


def _image_store(config: Config, images: Images, cache_gb: float) -> ImageStore:
    """Of the images of all splits, in their order."""
    examples = images.all_examples
    contents = [images.contents[one.name] for one in examples]
    return ImageStore(PathsOf(examples), contents, config.model.image_size_px, cache_gb, config.data.white_level)


def _features(
    config: Config,
    parts: Parts,
    model: keras.Model,
    cuts: Collection[str],
    images: Images,
    store: Callable[[], Store],
    engines: Engines,
) -> dict[str, SplitBatches]:
    """{cut: batches of the features of all images at that layer}; empty where the cache takes none.

    With augmentation, training uses a fixed number of random views of each image, which are drawn once.
    """
    settings = config.runtime.feature_cache
    if not cuts or not settings.max_gb:
        return {}
    cache = FeatureCache(cache_dir() / FEATURES, settings.max_gb * 1e9)
    # One file is another image where another value is white.
    contents = [f"{images.contents[one.name]} {config.data.white_level}" for one in images.all_examples]
    passes = [(store, contents)]
    # Of this program a version is in the key, of the user's classes there is none.
    own_code = code_sha256(*config.allow_code) if config.allow_code else ""
    if parts.augment:
        passes += _views(config, parts, store, contents[: len(images.splits.train)])
    engines.expect(sum(len(of) for _, of in passes))
    found = []
    for number, (source, of) in enumerate(passes):
        if number:
            log.info("augmented views of the training images, %d of %d:", number, len(passes) - 1)
        kept = features_at(
            model, sorted(cuts), source, of, dtype=settings.dtype, cache=cache, engines=engines, own_code=own_code
        )
        if not kept:
            return {}
        found.append(kept)
    plain, *views = found
    return {cut: _load(config, images.splits, plain[cut], [view[cut] for view in views]) for cut in cuts}


def _views(
    config: Config, parts: Parts, images: Callable[[], Store], contents: Sequence[str]
) -> Iterator[tuple[Callable[[], Store], list[str]]]:
    """Each view of the images with these contents, and the keys of its images in the cache."""
    for number in range(config.augment.views or 0):
        drawn = json.dumps([config.augment.layers, config.seed, number, keras.__version__], sort_keys=True)
        seen = [f"{one} {drawn}" for one in contents]
        yield partial(_view, images, seen, parts.augment, config.seed), seen


def _view(images: Callable[[], Store], contents: Sequence[str], layers: Sequence[keras.Layer], seed: int) -> Store:
    return View(images(), contents, layers, seed=seed)


def _load(
    config: Config, splits: Splits, store: Store, views: Sequence[Store] = (), layers: Sequence[keras.Layer] = ()
) -> SplitBatches:
    """Batches of each split from a store of all images, in the order of the splits.

    views: of the training images, to train on in their place; layers: which change them at random.
    """
    labels = label_indices([one for _, part in splits for one in part], splits.class_names)
    ends = np.cumsum([len(part) for _, part in splits])
    train, validation, test = np.split(np.arange(len(labels)), ends[:-1])
    size = config.training.batch_size
    return SplitBatches(
        train=Batches(views or [store], train, labels[train], batch_size=size, seed=config.seed, layers=layers),
        validation=InOrder(store, validation, labels[validation], batch_size=size).fed,
        test=InOrder(store, test, labels[test], batch_size=size).fed,
        train_labels=labels[train],
    )
