"""The code of a logged model: MLflow copies this file beside the model, and runs it wherever the model is loaded.

So it imports nothing of this package that is not copied with it. The input is images: bytes of image files (base64 in
JSON), or RGB pixels (H, W, 3) from 0 to 255, in a column `image`, a list or one array (N, H, W, 3). The output has a
row for each image.
"""

import base64
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import Any

import mlflow
import numpy as np
import pandas

try:
    import crack_exp_decoding as decoding  # the copy beside the model
except ImportError:
    from crack_exp.data import decoding

BATCH_SIZE = 64
IMAGE = "image"


class CrackClassifier(mlflow.pyfunc.PythonModel):
    """Bytes or pixels of images in; class, crack score, decision, threshold and probabilities out."""

    def load_context(self, context: Any) -> None:
        self.card = context.model_config
        _choose_backend(self.card.get("keras_backend"))
        import keras

        self.network = keras.saving.load_model(context.artifacts["network"], compile=False)

    # A hint of any other type, or none, would make MLflow warn in every run.
    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """A table with a row for each image.

        Raises ValueError with the position of the first input that is no image.
        """
        images = _images(model_input)
        parts = [self._probabilities(images[at : at + BATCH_SIZE], at) for at in range(0, len(images), BATCH_SIZE)]
        classes, threshold = self.card["class_names"], self.card["threshold"]
        probabilities = np.concatenate(parts) if parts else np.empty((0, len(classes)), np.float32)
        if not np.isfinite(probabilities).all():  # NaN is below any threshold: it would pass for an intact wall
            raise ValueError("the model gives probabilities that are no finite numbers; train it again")
        intact = [index for index, name in enumerate(classes) if name in self.card["intact"]]
        scores = 1.0 - probabilities[:, intact].sum(axis=1)
        return pandas.DataFrame(
            {
                "label": [classes[index] for index in probabilities.argmax(axis=1)],
                "crack_score": scores.astype(float),
                "is_crack": scores >= threshold,
                "threshold": threshold,
                "probabilities": [dict(zip(classes, map(float, row), strict=True)) for row in probabilities],
            }
        )

    def _probabilities(self, images: Sequence[Any], start: int) -> np.ndarray:
        pixels = [self._pixels(image, position) for position, image in enumerate(images, start)]
        # A smaller last batch would be traced again.
        full = np.resize(np.stack(pixels), (BATCH_SIZE if start else len(pixels), *pixels[0].shape))
        return np.asarray(self.network.predict_on_batch(full))[: len(pixels)]

    def _pixels(self, image: Any, position: int) -> np.ndarray:
        """uint8 (S, S, 3), resized as in training."""
        size_px = self.card["image_size_px"]
        try:
            if isinstance(image, str):
                image = base64.b64decode(image, validate=True)
            if isinstance(image, bytes | bytearray):
                white_level = self.card.get("white_level", decoding.WHITE_LEVEL)
                return decoding.decode_resized(bytes(image), size_px, white_level=white_level)
            return decoding.resize_array(np.asarray(image), size_px)
        except ValueError as error:
            raise ValueError(f"image {position}: {error}") from error


def _choose_backend(learned_with: str | None) -> None:
    """Keras would look for TensorFlow. Where that is not there, what the model learned with computes, or another."""
    if "keras" in sys.modules or "KERAS_BACKEND" in os.environ:
        return
    names = ("tensorflow", learned_with, "jax", "torch")
    # A folder of that name, where Python was started, has a specification without origin.
    installed = (name for name in names if name and getattr(importlib.util.find_spec(name), "origin", None))
    if (name := next(installed, "tensorflow")) != "tensorflow":
        os.environ["KERAS_BACKEND"] = name


def _images(given: Any) -> list[Any]:
    """What was given, as a list of images: of a table the column `image`, or its only one (Spark names it "0")."""
    if isinstance(given, pandas.DataFrame) and IMAGE not in given and given.shape[1] == 1:
        return list(given.iloc[:, 0])
    if isinstance(given, pandas.DataFrame | dict):
        if IMAGE not in given:
            raise ValueError(f"expected a column '{IMAGE}', found {', '.join(map(str, given)) or 'none'}")
        given = given[IMAGE]
    is_one = isinstance(given, str | bytes | bytearray) or (np.ndim(given) == 3 and np.shape(given)[2] == 3)
    return [given] if is_one else list(given)


mlflow.models.set_model(CrackClassifier())
