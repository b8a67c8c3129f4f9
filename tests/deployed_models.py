"""A model whose verdicts are known: it measures brightness."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from crack_exp.model.card import RESIZING, SCORE_OF_CLASSES, Figure, ModelCard

if TYPE_CHECKING:
    import keras

    from crack_exp.deployed.model import DeployedModel

CLASSES = ["intact", "hairline", "wide"]
SIZE_PX, TILE_PX, THRESHOLD = 32, 64, 0.5


def brightness_network() -> "keras.Model":
    """Probabilities of CLASSES: softmax of 8 - 17 b, 0 and 17 b - 8 for a mean brightness b in [0, 1]."""
    import keras

    images = keras.Input((SIZE_PX, SIZE_PX, 3), dtype="uint8")
    grey = keras.layers.Conv2D(1, 1)
    classes = keras.layers.Dense(len(CLASSES), activation="softmax")
    mean = keras.layers.GlobalAveragePooling2D(name="pooling")(grey(keras.layers.Rescaling(1 / 255)(images)))
    network = keras.Model(images, classes(mean))
    grey.set_weights([np.full((1, 1, 3, 1), 1 / 3, np.float32), np.zeros(1, np.float32)])
    classes.set_weights([np.array([[-17, 0, 17]], np.float32), np.array([8, 0, -8], np.float32)])
    return network


def brightness_lines(network: "keras.Model") -> "keras.Model":
    """A map of four by four cells with their mean brightness, on the pixels of `network`."""
    import keras

    cells = keras.layers.AveragePooling2D(SIZE_PX // 4)(keras.layers.Rescaling(1 / 255)(network.inputs[0]))
    return keras.Model(network.inputs, keras.ops.mean(cells, axis=-1))


def card_of(network: "keras.Model", **changed: Any) -> ModelCard:
    from crack_exp.model.weights import fingerprint

    values: dict[str, Any] = {
        "class_names": CLASSES,
        "intact": ["intact"],
        "threshold": THRESHOLD,
        "score": SCORE_OF_CLASSES,
        "promise": "An estimate, no promise.",
        "temperature": 1.0,
        "threshold_rule": "fewest false alarms with a recall of at least 0.95 on 40 validation images",
        "image_size_px": SIZE_PX,
        "resizing": RESIZING,
        "tile_px": TILE_PX,
        "mm_per_px": None,
        "white_level": 65_535,
        "precision": "float32",
        "computed_by": "TensorFlow 2.21.0",
        "weights_sha256": fingerprint(network),
        "data_sha256": "0" * 64,
        "figures": {
            "recall_at_threshold": Figure(0.95, 0.9, 0.98),
            "false_alarm_rate_at_threshold": Figure(0.02, 0.01, 0.05),
            "loss": Figure(0.1, None, None),
        },
        "confidence": 0.95,
        "tested_on": "100 test images of data=folder",
        "run_id": "",
        "command": "python -m crack_exp.run seed=7",
        "version": "0.1.0",
        "date": "2030-01-02T03:04:05+00:00",
    }
    return ModelCard(**values | changed)


def brightness_model(**changed: Any) -> "DeployedModel":
    """The network with its card, computed by Keras."""
    from crack_exp.deployed.model import DeployedModel

    network = brightness_network()
    return DeployedModel(network, card_of(network, **changed), engine="keras", precision="float32")


def line_model(engine: str = "keras") -> "DeployedModel":
    """The same, and it tells where an image is bright."""
    from crack_exp.deployed.model import DeployedModel

    network = brightness_network()
    lines = brightness_lines(network)
    return DeployedModel(network, card_of(network), engine=engine, precision="float32", lines=lines)


def grey(level: int, width: int = TILE_PX, height: int = TILE_PX) -> np.ndarray:
    """(height, width, 3) uint8."""
    return np.full((height, width, 3), level, np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def grey_images(folder: Path, greys: dict[str, int], side_px: int = TILE_PX) -> list[str]:
    """Plain images, by name below `folder`; their paths."""
    for name, grey in greys.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (side_px, side_px), (grey,) * 3).save(path)
    return [str(folder / name) for name in greys]
