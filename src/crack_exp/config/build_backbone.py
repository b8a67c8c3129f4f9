"""From settings to a backbone and its first optimizer: what runs and pretrainings share."""

from collections.abc import Sequence
from typing import Any

import keras

from crack_exp.config.instantiate import build_later
from crack_exp.config.kinds import BACKBONE
from crack_exp.config.schema import CommandConfig, ModelConfig
from crack_exp.model.classifier import build_backbone


def build_body(model: ModelConfig, allow_code: Sequence[str] = ()) -> keras.Model:
    """The backbone with the weights that training starts from."""
    return build_backbone(
        backbone=build_later(model.backbone, "model.backbone", BACKBONE, allow_code),
        rescaling=rescaling(model),
        weights=model.weights,
        image_size_px=model.image_size_px,
        batch_norm_momentum=model.from_scratch.batch_norm_momentum,
    )


def rescaling(model: ModelConfig) -> keras.layers.Rescaling:
    """The first layer: from pixels to what the backbone was trained on."""
    return keras.layers.Rescaling(model.rescaling.scale, model.rescaling.offset)


def from_scratch(config: CommandConfig) -> bool:
    """Whether the backbone starts from random weights: frozen, it would be worth nothing."""
    return config.model.weights == "none"


def first_optimizer(config: CommandConfig) -> dict[str, Any]:
    """The settings of the optimizer that training begins with."""
    rate = config.optimizer.get("learning_rate")
    if not from_scratch(config) or not isinstance(rate, int | float):  # a schedule is taken as it is
        return config.optimizer
    return config.optimizer | {"learning_rate": rate * config.model.from_scratch.learning_rate_factor}
