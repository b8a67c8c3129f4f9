"""From the configuration to Keras objects: backbone, optimizers, augmentation, phases."""

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from crack_exp.config import Config, build
from crack_exp.config.build_backbone import build_body, first_optimizer, from_scratch
from crack_exp.config.kinds import AUGMENTATION, OPTIMIZER
from crack_exp.data.examples import Splits
from crack_exp.model.classifier import HEAD as HEAD_LAYER
from crack_exp.model.classifier import add_head, add_painted_head
from crack_exp.model.painted import PaintedHead, map_painted_classes
from crack_exp.model.weights import arrays_sha256, fingerprint, load_painted_head
from crack_exp.run_files.names import FINE_TUNE, HEAD
from crack_exp.system.errors import UserError
from crack_exp.training.losses import classification_loss
from crack_exp.training.phase import Phase

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parts:
    """All Keras objects that need no image: a typo in a setting shows before the first image is read."""

    body: keras.Model
    painted_head: PaintedHead | None
    augment: list[keras.Layer]
    phases: list[Phase]

    @property
    def fingerprints(self) -> list[str]:
        """What tells apart the weights that training starts from: files may change and keep their names."""
        head = self.painted_head
        of_head = [arrays_sha256([head.kernel, head.bias]), *head.class_names] if head else []
        return [fingerprint(self.body), *of_head]


def build_parts(config: Config) -> Parts:
    """Build every Keras object of `config`. Raises UserError that names the setting that can't be built."""
    code = config.allow_code
    head = build(first_optimizer(config), "optimizer", OPTIMIZER, code)
    fine_tune = build(config.fine_tune.optimizer, "fine_tune.optimizer", OPTIMIZER, code)
    augment = [
        build(_in_float32(layer), f"augment.layers[{position}]", AUGMENTATION, code)
        for position, layer in enumerate(config.augment.layers)
    ]
    body = build_body(config.model, code)
    painted_head = load_painted_head(body, config.model.weights) if config.model.head == "painted" else None
    return Parts(body, painted_head, augment, _phases(config, body, head, fine_tune))


def _in_float32(layer: Any) -> Any:
    """Whatever the precision, so that runs of every precision see the same images."""
    return layer | {"dtype": "float32"} if isinstance(layer, dict) else layer


def add_classifier(parts: Parts, splits: Splits, dropout: float) -> keras.Model:
    """The whole network for the classes of `splits`. Raises UserError where the painted head has other classes."""
    if (head := parts.painted_head) is None:
        return add_head(parts.body, classes=len(splits.class_names), dropout=dropout)
    belongs = map_painted_classes(head.class_names, splits.class_names, splits.intact)
    log.info("painted head: %s", "; ".join(_mapped(belongs, name) for name in splits.class_names))
    return add_painted_head(parts.body, head, belongs, splits.class_names, dropout=dropout)


def _mapped(belongs: dict[str, str], class_name: str) -> str:
    """'Positive is hairline or structural'."""
    return f"{class_name} is {' or '.join(kind for kind, name in belongs.items() if name == class_name)}"


def _phases(
    config: Config,
    body: keras.Model,
    head: keras.optimizers.Optimizer,
    fine_tune: keras.optimizers.Optimizer,
) -> list[Phase]:
    training, is_from_scratch = config.training, from_scratch(config)
    phase = partial(
        Phase,
        loss=classification_loss(training.loss, training.focal_gamma),
        patience=training.early_stopping_patience,
    )
    phases = []
    if training.epochs:
        layer = body.layers[0].name if is_from_scratch else HEAD_LAYER
        phases.append(phase(HEAD, head, training.epochs, layer, setting="optimizer", train_batch_norm=is_from_scratch))
    if (stage := config.fine_tune.stage) is not None:
        layer = config.model.stages[stage]
        if layer not in {known.name for known in body.layers}:
            raise UserError(f"model.stages.{stage}={layer}: {body.name} has no layer of that name")
        epochs, setting = config.fine_tune.epochs, "fine_tune.optimizer"
        phases.append(phase(FINE_TUNE, fine_tune, epochs, layer, setting=setting, train_batch_norm=False))
    return phases
