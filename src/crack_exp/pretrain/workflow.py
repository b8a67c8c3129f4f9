"""One pretraining, from the configuration to a file of weights."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path

from crack_exp.config import PretrainConfig
from crack_exp.model.painted import cache_path, write_painted
from crack_exp.painter.stream import painting_stream
from crack_exp.pretrain.parts import Network, build_network, crack_heads, painted_head, painting_settings, plan
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
from crack_exp.system.files import atomic_file
from crack_exp.system.interrupts import raise_if_interrupted
from crack_exp.system.locks import raise_if_lost
from crack_exp.system.permissions import follow_folder, make_folder
from crack_exp.system.prefetch import prefetch
from crack_exp.system.progress import awaited, doing
from crack_exp.tracking.recorder import Recorder
from crack_exp.training.painting_loop import Pretraining, Progress, read_progress, write_progress
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
class Run:
    """What the chapters of one pretraining share."""

    config: PretrainConfig
    folder: Path
    devices: Session
    network: Network
    validation: ValidationSet
    recorder: Recorder
    checkpoints: Checkpoints


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
