"""The model that comes with the package: the small MobileNetV2 with its painted head, without a run."""

from pathlib import Path

import keras

from crack_exp.config import default_settings
from crack_exp.config.build_backbone import build_body
from crack_exp.config.schema import ModelConfig
from crack_exp.model.card import ModelCard, from_json
from crack_exp.model.classifier import add_painted_head
from crack_exp.model.painted.locations import SHIPPED
from crack_exp.model.weights import fingerprint, load_painted_head
from crack_exp.system.errors import UserError

CARD = SHIPPED / "mobilenet_v2_035.card.json"
"""Written by `python -m crack_exp.deployed.ship_painted_card`."""


def painted_model() -> tuple[keras.Model, ModelCard]:
    """The network and its card. Raises UserError where the files of the package are damaged."""
    network, card = painted_network(), from_json(_text(CARD), "painted")
    if fingerprint(network) != card.weights_sha256:
        raise UserError("model=painted: its card was made for other weights; install crack_exp again")
    return network, card


def painted_network() -> keras.Model:
    """Probabilities of the painter's classes, from the default model's settings and the weights in the package."""
    settings = painted_settings()
    body = build_body(settings)
    head = load_painted_head(body, settings.weights)
    classes = list(head.class_names)
    return add_painted_head(body, head, {kind: kind for kind in classes}, classes, dropout=0.0)


def painted_settings() -> ModelConfig:
    settings = default_settings().model
    assert settings.weights == "painted"
    return settings


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UserError(
            f"model=painted: '{path}' cannot be read ({error.strerror}); install crack_exp again"
        ) from error
