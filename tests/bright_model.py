"""A deployed model that needs no training: the brighter an image, the surer it is of a crack."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from crack_exp.deployed.model import DeployedModel
from crack_exp.model.card import RESIZING, Figure, ModelCard
from crack_exp.model.weights import fingerprint

SIZE_PX, TILE_PX = 16, 32


def bright_network() -> keras.Model:
    """(N, 16, 16, 3) uint8 to probabilities (N, 2) of intact and crack; 0.5 for grey of 127.5."""
    pixels = keras.Input((SIZE_PX, SIZE_PX, 3), dtype="uint8")
    layers = keras.layers
    brightness = layers.GlobalAveragePooling2D()(layers.Rescaling(1 / 127.5, -1.0)(pixels))
    softmax = layers.Dense(2, activation="softmax", name="probabilities")
    network = keras.Model(pixels, softmax(brightness))
    softmax.set_weights([np.array([[-1.0, 1.0]] * 3, np.float32), np.zeros(2, np.float32)])
    return network


def bright_card(network: keras.Model, **facts: object) -> ModelCard:
    card = ModelCard(
        class_names=["intact", "crack"],
        intact=["intact"],
        threshold=0.5,
        threshold_rule="in the middle",
        image_size_px=SIZE_PX,
        resizing=RESIZING,
        tile_px=TILE_PX,
        mm_per_px=None,
        precision="float32",
        weights_sha256=fingerprint(network),
        data_sha256="",
        figures={
            "recall_at_threshold": Figure(0.9, 0.8, 0.95),
            "false_alarm_rate_at_threshold": Figure(0.1, 0.05, 0.2),
        },
        confidence=0.95,
        tested_on="100 test images of data=folder",
        run_id="",
        command="python -m crack_exp.run",
        version="0.1.0",
        date="2026-01-02T03:04:05+00:00",
    )
    return replace(card, **facts)  # type: ignore[arg-type]


def bright_model(**facts: object) -> DeployedModel:
    network = bright_network()
    return DeployedModel(network, bright_card(network, **facts), engine="keras", precision="float32")


def grey(level: int, width: int = 40, height: int = 40) -> np.ndarray:
    """(height, width, 3) uint8."""
    return np.full((height, width, 3), level, np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write_image(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path
