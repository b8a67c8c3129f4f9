"""From the configuration to what is trained: backbone, optimizers, augmentation, phases."""

from dataclasses import dataclass

import keras

from crack_exp.config import Config, build, build_later
from crack_exp.model.classifier import HEAD, build_backbone
from crack_exp.training.phase import Phase


@dataclass(frozen=True)
class Parts:
    """All that a configuration describes and that needs no image: a typo in it shows before one is read."""

    body: keras.Model
    augment: list[keras.Layer]
    phases: list[Phase]


def assemble(config: Config) -> Parts:
    """Build every Keras object of `config`. Raises ValueError that names the setting that can't be built."""
    head = build(_head_optimizer(config), "optimizer", keras.optimizers.Optimizer)
    fine_tune = build(config.fine_tune.optimizer, "fine_tune.optimizer", keras.optimizers.Optimizer)
    augment = [
        # float32 whatever the precision, so that runs of every precision see the same images.
        build(layer | {"dtype": "float32"}, f"augment.layers[{position}]", keras.Layer)
        for position, layer in enumerate(config.augment.layers)
    ]
    body = build_backbone(
        backbone=build_later(config.model.backbone, "model.backbone"),
        rescaling=build(config.model.rescaling, "model.rescaling", keras.Layer),
        weights=config.model.weights,
        image_size_px=config.model.image_size_px,
        batch_norm_momentum=config.model.from_scratch.batch_norm_momentum,
    )
    return Parts(body, augment, _phases(config, body, head, fine_tune))


def from_scratch(config: Config) -> bool:
    """Whether the backbone starts from random weights: frozen, it would be worth nothing."""
    return config.model.weights == "none"


def _head_optimizer(config: Config) -> dict[str, object]:
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
    phases = []
    if config.training.epochs:
        phases.append(Phase("head", head, config.training.epochs, first, train_batch_norm=from_scratch(config)))
    if (stage := config.fine_tune.stage) is not None:
        layer = config.model.stages[stage]
        if layer not in {known.name for known in body.layers}:
            raise ValueError(f"model.stages.{stage}={layer}: {body.name} has no layer of that name")
        phases.append(Phase("fine_tune", fine_tune, config.fine_tune.epochs, layer, train_batch_norm=False))
    return phases
