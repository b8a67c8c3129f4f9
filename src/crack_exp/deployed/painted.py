"""The models that come with the package: MobileNetV2 with what it learned from paintings, without a run.

`painted` is the small one. `painted_wide` has the full width and crack maps: it finds more, and tells where cracks run.
"""

from dataclasses import dataclass
from pathlib import Path

import keras

from crack_exp.config import default_settings
from crack_exp.config.build_backbone import build_body
from crack_exp.config.schema import ModelConfig
from crack_exp.deployed.locate import PAINTED
from crack_exp.model.card import SCORE_OF_CLASSES, ModelCard, from_json
from crack_exp.model.classifier import add_painted_head
from crack_exp.model.painted import by_strongest_cell, crack_lines, packaged_path, read_crack_heads
from crack_exp.model.painted.locations import SHIPPED
from crack_exp.model.weights import fingerprint, load_painted_head
from crack_exp.system.errors import UserError

SCORE_OF_CELL = "the probability of a crack in the strongest of the cells of 32 px of the image as it is read"

WITH_CRACK_MAPS = {"painted_wide"}
"""Those whose file of weights holds heads for crack maps."""


@dataclass(frozen=True)
class PaintedNetwork:
    """probabilities: (N, C) of uint8 images; lines: (N, M, M) of the same, see `crack_lines`, or None.

    score: what the crack score is, in words.
    """

    probabilities: keras.Model
    lines: keras.Model | None
    score: str


def painted_model(name: str) -> tuple[PaintedNetwork, ModelCard]:
    """One of PAINTED, and its card. Raises UserError where the files of the package are damaged."""
    network, card = painted_network(name), from_json(_text(card_path(name), name), name)
    if fingerprint(network.probabilities) != card.weights_sha256:
        raise UserError(f"model={name}: its card was made for other weights; install crack_exp again")
    return network, card


def painted_network(name: str) -> PaintedNetwork:
    """Of the painter's classes, with the weights in the package."""
    settings = painted_settings(name)
    body = build_body(settings)
    head = load_painted_head(body, settings.weights)
    if name in WITH_CRACK_MAPS:
        maps = read_crack_heads(packaged_path(body))
        return PaintedNetwork(by_strongest_cell(body, head, maps), crack_lines(body, maps), SCORE_OF_CELL)
    classes = list(head.class_names)
    network = add_painted_head(body, head, {kind: kind for kind in classes}, classes, dropout=0.0)
    return PaintedNetwork(network, None, SCORE_OF_CLASSES)


def painted_settings(name: str) -> ModelConfig:
    return default_settings(f"model={PAINTED[name]}", "model.weights=painted").model


def card_path(name: str) -> Path:
    """Written by `python -m crack_exp.deployed.ship_painted_card NAME`."""
    return SHIPPED / f"{PAINTED[name]}.card.json"


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UserError(f"model={name}: '{path}' cannot be read ({error.strerror}); install crack_exp again") from error
