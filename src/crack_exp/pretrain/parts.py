"""What a pretraining is made of: its network with heads and optimizer, its plan, and what is painted for it."""

from dataclasses import asdict, dataclass
from typing import Any

import keras

from crack_exp.config import PretrainConfig, build
from crack_exp.config.build_backbone import build_body, first_optimizer, from_scratch
from crack_exp.config.kinds import OPTIMIZER
from crack_exp.model.batch_memory import check_batch
from crack_exp.model.classifier import batch_norms
from crack_exp.model.fused_batch_norm import with_fused_batch_norm
from crack_exp.model.painted import CrackHead, PaintedHead
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
from crack_exp.painter.stream import Paintings
from crack_exp.painter.stream_record import MASK_STRIDE_PX
from crack_exp.painter.views import ChunkViews, Jitter
from crack_exp.system.cores import cores
from crack_exp.system.errors import UserError
from crack_exp.system.memory import check_memory
from crack_exp.training.budget import Budget
from crack_exp.training.painting_loop import TrainingPlan


@dataclass(frozen=True)
class Network:
    """The body that is trained, within the model that it is trained in."""

    body: keras.Model
    model: keras.Model


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
