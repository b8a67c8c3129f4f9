"""From the configuration to what is trained: backbone, optimizers, augmentation, phases."""

import logging
from dataclasses import dataclass
from typing import Any

import keras

from crack_exp.config import CommandConfig, Config, build, build_later
from crack_exp.config.schema import ModelConfig
from crack_exp.data.examples import Splits
from crack_exp.model.classifier import HEAD, add_head, add_painted_head, build_backbone
from crack_exp.model.painted import PaintedHead, map_painted_classes
from crack_exp.model.weights import load_painted_head
from crack_exp.system.errors import UserError
from crack_exp.training.losses import classification_loss
from crack_exp.training.phase import Phase

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """All that a configuration describes and that needs no image: a typo in it shows before one is read."""

    body: keras.Model
    painted_head: PaintedHead | None
    augment: list[keras.Layer]
    phases: list[Phase]


def build_parts(config: Config) -> Parts:
    """Build every Keras object of `config`. Raises UserError that names the setting that can't be built."""
    head = build(first_optimizer(config), "optimizer", keras.optimizers.Optimizer)
    fine_tune = build(config.fine_tune.optimizer, "fine_tune.optimizer", keras.optimizers.Optimizer)
    augment = [
        # float32 whatever the precision, so that runs of every precision see the same images.
        build(layer | {"dtype": "float32"}, f"augment.layers[{position}]", keras.Layer)
        for position, layer in enumerate(config.augment.layers)
    ]
    body = build_body(config.model)
    painted_head = load_painted_head(body, config.model.weights) if config.model.head == "painted" else None
    return Parts(body, painted_head, augment, _phases(config, body, head, fine_tune))


def build_body(model: ModelConfig) -> keras.Model:
    """The backbone with the weights that training starts from."""
    return build_backbone(
        backbone=build_later(model.backbone, "model.backbone"),
        rescaling=build(model.rescaling, "model.rescaling", keras.Layer),
        weights=model.weights,
        image_size_px=model.image_size_px,
        batch_norm_momentum=model.from_scratch.batch_norm_momentum,
    )


def add_classifier(parts: Parts, splits: Splits, dropout: float) -> keras.Model:
    """The whole network for the classes of `splits`. Raises UserError where the painted head tells others."""
    if (head := parts.painted_head) is None:
        return add_head(parts.body, classes=len(splits.class_names), dropout=dropout)
    belongs = map_painted_classes(head.class_names, splits.class_names, splits.intact)
    log.info("painted head: %s", "; ".join(_told(belongs, name) for name in splits.class_names))
    return add_painted_head(parts.body, head, belongs, splits.class_names, dropout=dropout)


def _told(belongs: dict[str, str], class_name: str) -> str:
    """'Positive is hairline or structural'."""
    return f"{class_name} is {' or '.join(kind for kind, name in belongs.items() if name == class_name)}"


def from_scratch(config: CommandConfig) -> bool:
    """Whether the backbone starts from random weights: frozen, it would be worth nothing."""
    return config.model.weights == "none"


def first_optimizer(config: CommandConfig) -> dict[str, Any]:
    """The settings of the optimizer that training begins with."""
    rate = config.optimizer.get("learning_rate")
    if not from_scratch(config) or not isinstance(rate, int | float):  # a schedule is taken as it is
        return config.optimizer
    return config.optimizer | {"learning_rate": rate * config.model.from_scratch.learning_rate_factor}


def _phases(
    config: Config,
    body: keras.Model,
    head: keras.optimizers.Optimizer,
    fine_tune: keras.optimizers.Optimizer,
) -> list[Phase]:
    first = body.layers[0].name if from_scratch(config) else HEAD
    loss = classification_loss(config.training.loss, config.training.focal_gamma)
    phases = []
    if config.training.epochs:
        phases.append(Phase("head", head, loss, config.training.epochs, first, train_batch_norm=from_scratch(config)))
    if (stage := config.fine_tune.stage) is not None:
        layer = config.model.stages[stage]
        if layer not in {known.name for known in body.layers}:
            raise UserError(f"model.stages.{stage}={layer}: {body.name} has no layer of that name")
        phases.append(Phase("fine_tune", fine_tune, loss, config.fine_tune.epochs, layer, train_batch_norm=False))
    return phases
