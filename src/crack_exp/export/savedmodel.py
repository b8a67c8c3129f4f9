"""TensorFlow's SavedModel: a folder that TensorFlow and its server run, for resized images or for those of any size."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from crack_exp.export.conversion import PIXELS, PROBABILITIES, Conversion, Converted, Forward
from crack_exp.export.resizing_inside import resize_inside
from crack_exp.model.card import to_json
from crack_exp.run_files.names import MODEL_CARD
from crack_exp.system.errors import UserError

FOLDER = "model"
RESIZED, ANY_SIZE = "serving_default", "any_size"
"""Its signatures: for images of the card's size, and for images of any size."""

PATTERN = "[]*?"

FOR_FILES_OF_OTHERS = "assets.extra"
"""What TensorFlow's convention calls the folder of files that a SavedModel carries and its loader ignores."""


def to_savedmodel(conversion: Conversion, folder: Path) -> Converted:
    """Write the folder FOLDER, with the card in it.

    Raises UserError where TensorFlow could not open it: it takes the path for a pattern.
    """
    path = folder / FOLDER
    if found := sorted(set(str(path.resolve())) & set(PATTERN)):
        raise UserError(
            f"output={folder.parent}: TensorFlow opens no SavedModel whose path has {' or '.join(found)} in it; name a "
            "folder without, e.g. output=/tmp/exported, or choose another format"
        )
    write_savedmodel(conversion.network, path)
    (path / FOR_FILES_OF_OTHERS).mkdir()
    (path / FOR_FILES_OF_OTHERS / MODEL_CARD).write_text(to_json(conversion.card))
    return Converted(path, [path], _forward(path, RESIZED), _forward(path, ANY_SIZE))


def write_savedmodel(network: keras.Model, path: Path) -> None:
    """A SavedModel with both signatures."""
    import tensorflow as tf

    _, side_px, _, channels = network.inputs[0].shape
    archive = keras.export.ExportArchive()
    archive.track(network)

    def resized(pixels: Any) -> Any:
        return network(pixels, training=False)

    def any_size(pixels: Any) -> Any:
        return network(resize_inside(pixels, side_px), training=False)

    for name, function, side in ((RESIZED, resized, side_px), (ANY_SIZE, any_size, None)):
        shape = (None, side, side, channels)
        archive.add_endpoint(name, function, input_signature=[tf.TensorSpec(shape, tf.uint8, name=PIXELS)])
    archive.write_out(path, verbose=False)


def _forward(path: Path, signature: str) -> Forward:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    compute = loaded.signatures[signature]

    def forward(images: np.ndarray) -> np.ndarray:
        # `loaded` must live as long as its signature.
        assert loaded
        return np.asarray(compute(**{PIXELS: tf.constant(images)})[PROBABILITIES])

    return forward
