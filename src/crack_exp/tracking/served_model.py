"""The code of a logged model: MLflow copies this file beside the model, and runs it wherever the model is loaded.

So it imports nothing of this package that is not copied with it. The input is a column `image` with the bytes of image
files (base64 in JSON), or with uint8 arrays (H, W, 3); the output has a row for each image.
"""

import base64
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


class CrackClassifier(mlflow.pyfunc.PythonModel):
    """Bytes or pixels of images in; class, crack score, decision, threshold and probabilities out."""

    def load_context(self, context: Any) -> None:
        import keras

        self.card = context.model_config
        self.network = keras.saving.load_model(context.artifacts["network"], compile=False)

    # A hint of any other type, or none, would make MLflow warn in every run.
    def predict(self, context: Any, model_input: pandas.DataFrame, params: Any = None) -> pandas.DataFrame:
        """A table with a row for each image.

        Raises ValueError with the position of the first input that is no image.
        """
        images = list(model_input["image"])
        parts = [self._probabilities(images[at : at + BATCH_SIZE], at) for at in range(0, len(images), BATCH_SIZE)]
        classes, threshold = self.card["class_names"], self.card["threshold"]
        probabilities = np.concatenate(parts) if parts else np.empty((0, len(classes)), np.float32)
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
            if isinstance(image, bytes):
                return decoding.decode_resized(image, size_px)
            return decoding.resize_array(np.asarray(image), size_px)
        except ValueError as error:
            raise ValueError(f"image {position}: {error}") from error


mlflow.models.set_model(CrackClassifier())
