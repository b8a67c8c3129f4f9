"""One pretraining, from the configuration to a file of weights."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import keras

from crack_exp.config import PretrainConfig, build
from crack_exp.config.build_backbone import build_body, first_optimizer, from_scratch
from crack_exp.config.kinds import OPTIMIZER
from crack_exp.model.batch_memory import check_batch
from crack_exp.model.classifier import batch_norms
from crack_exp.model.fused_batch_norm import with_fused_batch_norm
from crack_exp.model.painted import CrackHead, PaintedHead, cache_path, write_painted
from crack_exp.model.painting_heads import (
    CLASSES,
    CRACK,
    STRIDES_PX,
    TRAINED_BATCH_NORM_MOMENTUM,
    LossWeights,
    build_pretraining,
    compile_pretraining,
    map_layer,
    map_name,
)
from crack_exp.painter import CLASS_NAMES, SIZE_RANGE_PX
from crack_exp.painter.stream import Paintings, painting_stream
from crack_exp.painter.stream_record import MASK_STRIDE_PX
from crack_exp.painter.views import ChunkViews, Jitter
from crack_exp.pretrain.record import (
    log_weights,
    record_chunk,
    record_pretraining_start,
    record_weights,
    weights_card,
)
from crack_exp.pretrain.validation_set import ValidationSet, paint_validation_set
from crack_exp.run_files import names
from crack_exp.run_files.begun import precision_of
from crack_exp.run_files.folder import check_room, own_folder, write_config
from crack_exp.run_files.resume import Checkpoints, resumable_run
from crack_exp.runtime.session import Session, session
from crack_exp.system.cores import cores
from crack_exp.system.errors import UserError
from crack_exp.system.files import atomic_file
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.locks import raise_if_lost
from crack_exp.system.memory import check_memory
from crack_exp.system.permissions import follow_folder, make_folder
from crack_exp.system.prefetch import prefetch
from crack_exp.system.progress import awaited, doing
from crack_exp.tracking.recorder import Recorder
from crack_exp.training.budget import Budget
from crack_exp.training.painting_loop import Pretraining, Progress, TrainingPlan, read_progress, write_progress
from crack_exp.training.precision import choose_precision

log = logging.getLogger(__name__)


def run_pretraining(config: PretrainConfig, folder: Path, overrides: Sequence[str]) -> Path:
    """Train a backbone on paintings as `config` says; everything written lands in `folder` and in MLflow.

    A `folder` that holds the checkpoint of a killed pretraining is gone on with. Returns the file of weights.
    Raises UserError, before any training, where a setting cannot be used.
    """
    runtime = config.runtime
    precision = choose_precision(precision_of(folder, runtime.precision), batch_norm="fused")
    with session(precision=precision.name, distribution=runtime.distribution, seed=config.seed) as devices:
        with doing("building the network"):
            network = build_network(config)
        with own_folder(folder):
            check_room(folder, parameters=network.body.count_params())
            write_config(config, folder, "pretrain", overrides)
            view_px = config.model.image_size_px
            with doing("painting the validation images"):
                count = config.paintings.validation
                validation = paint_validation_set(count, view_px=view_px, **painting_settings(config))
            name = ", ".join(["pretrain", *overrides])
            with resumable_run(
                config,
                folder,
                "pretrain",
                name=name,
                precision=devices.precision,
                images_sha256=validation.sha256,
                first_tags={},
            ) as (recorder, checkpoints):
                return train_and_keep(Run(config, folder, devices, network, validation, recorder, checkpoints))


@dataclass(frozen=True)
class Network:
    """The body that is trained, within the model that it is trained in."""

    body: keras.Model
    model: keras.Model


@dataclass(frozen=True)
class Run:
    """What the chapters of one pretraining share."""

    config: PretrainConfig
    folder: Path
    devices: Session
    network: Network
    validation: ValidationSet
    recorder: Recorder
    checkpoints: Checkpoints


def build_network(config: PretrainConfig) -> Network:
    """Build every Keras object of `config`. Raises UserError that names the setting that can't be built."""
    _check_size(config)
    _check_chunk(config)
    optimizer = build(first_optimizer(config), "optimizer", OPTIMIZER, config.allow_code)
    body = build_body(config.model, config.allow_code)
    if not from_scratch(config):
        for layer in batch_norms(body):
            layer.momentum = TRAINED_BATCH_NORM_MOMENTUM
    body = with_fused_batch_norm(body)
    model = build_pretraining(body)
    check_batch(model, config.training.batch_size, config.training.batch_size)
    compile_pretraining(model, optimizer, LossWeights(**asdict(config.loss)))
    return Network(body, model)


def train_and_keep(run: Run) -> Path:
    """Train until the budget is used, evaluate, write the weights, record everything."""
    record_pretraining_start(run.recorder, run.config, run.devices, run.network.body, run.folder)
    log.info("computing in %s on %s, by %s", run.devices.precision, ", ".join(run.devices.devices), run.devices.backend)
    training = train(run)
    figures = run.validation.evaluate(run.network.model, run.config.training.batch_size)
    path = run.folder / names.PAINTED_WEIGHTS
    card = weights_card(run.config, run.folder, run.devices, training, figures)
    model = run.network.model
    write_painted(path, run.network.body, painted_head(model), card, crack_heads(model))
    record_weights(run.recorder, run.folder, training.history, figures, card)
    log_weights(run.recorder, path, figures)
    if run.config.save_as:
        keep_on_this_machine(path, cache_path(run.network.body, run.config.save_as), run.config.save_as)
    return path


def train(run: Run) -> Pretraining:
    """Train from the start, or from where a killed pretraining stood."""
    config, saved = run.config, run.checkpoints.training
    progress = run.checkpoints.load(read_progress)
    training = Pretraining(run.network.model, plan(config), progress=progress)
    done, settings = len(training.history), painting_settings(config)
    first = done * config.paintings.per_chunk
    with painting_stream(series="training", seed=config.seed, first=first, **settings) as read:
        training.run(
            awaited(prefetch(repeat(partial(read, config.paintings.per_chunk))), "painting"),
            evaluate=partial(run.validation.evaluate, batch_size=config.training.batch_size),
            on_chunk=partial(record_chunk, run.recorder),
            save=partial(_save, saved),
        )
    return training


def _save(path: Path, progress: Progress) -> None:
    raise_if_lost()
    write_progress(progress, path)
    raise_if_interrupted()


def plan(config: PretrainConfig) -> TrainingPlan:
    def views_of(paintings: Paintings, chunk: int) -> ChunkViews:
        count = views.per_painting
        return ChunkViews(paintings, size_px=size_px, views=count, jitter=jitter, seed=config.seed, chunk=chunk)

    budget, views, training, size_px = config.budget, config.views, config.training, config.model.image_size_px
    jitter = Jitter(brightness=views.brightness, contrast=views.contrast, channel_gain=views.channel_gain)
    return TrainingPlan(
        budget=Budget(seconds=budget.minutes and budget.minutes * 60, images=budget.images),
        batch_size=training.batch_size,
        peak_learning_rate=float(first_optimizer(config)["learning_rate"]),
        warm_up=training.warm_up,
        average_momentum=training.average_momentum,
        seed=config.seed,
        views_of=views_of,
    )


def painting_settings(config: PretrainConfig) -> dict[str, Any]:
    """What every stream of this pretraining shares."""
    intact, kinds = config.paintings.intact_share, len(CLASS_NAMES) - 1
    shares = [intact if name == "intact" else (1 - intact) / kinds for name in CLASS_NAMES]
    painters = config.paintings.painters or max(cores() - 1, 1)
    return {"size_px": painting_size_px(config), "class_shares": shares, "painters": painters}


def painting_size_px(config: PretrainConfig) -> int:
    """How large it is painted: a margin more than what is cut from it, to whole cells of the crack mask."""
    return round(config.model.image_size_px * (1 + config.views.margin) / MASK_STRIDE_PX) * MASK_STRIDE_PX


def painted_head(model: keras.Model) -> PaintedHead:
    """The classifier of the painter's classes that the body was trained with."""
    kernel, bias = model.get_layer(CLASSES).get_weights()
    return PaintedHead(CLASS_NAMES, kernel, bias)


def crack_heads(model: keras.Model) -> dict[str, CrackHead]:
    """The heads for crack or not, of pooled features and of crack maps, by the names of the model's outputs."""
    layers = {CRACK: CRACK} | {map_name(stride): map_layer(stride) for stride in STRIDES_PX}
    found = {name: model.get_layer(layer).get_weights() for name, layer in layers.items()}
    return {name: CrackHead(kernel.reshape(-1), float(bias[0])) for name, (kernel, bias) in found.items()}


def keep_on_this_machine(path: Path, cached: Path, name: str) -> None:
    """Copy the weights to where model.weights=`name` looks for them, in one piece."""
    try:
        make_folder(cached.parent)
        with atomic_file(cached) as file:
            follow_folder(Path(file.name))
            file.write(path.read_bytes())
    except OSError as error:
        log.warning("save_as=%s: not kept, '%s': %s; use model.weights=%s", name, cached, error.strerror, path)
        return
    log.info("kept as model.weights=%s: %s", name, cached)


def _check_chunk(config: PretrainConfig) -> None:
    """A chunk is trained on while the next one is painted; their masks are a sixteenth of the pixels."""
    pixels = painting_size_px(config) ** 2
    check_memory(
        2 * config.paintings.per_chunk * pixels * (3 + 1 / MASK_STRIDE_PX**2),
        f"paintings.per_chunk={config.paintings.per_chunk}",
        "two chunks of paintings",
        "give a lower number",
    )


def _check_size(config: PretrainConfig) -> None:
    smallest, largest = SIZE_RANGE_PX
    size_px, painted_px = config.model.image_size_px, painting_size_px(config)
    if not (smallest <= size_px and painted_px <= largest):
        raise UserError(
            f"model.image_size_px={size_px}: with views.margin={config.views.margin:g} walls of {painted_px} pixels "
            f"would be painted; the painter paints from {smallest} to {largest}"
        )
