"""Validation paintings, on which no pretraining trains, and the metrics of a model on them."""

import hashlib
from dataclasses import dataclass

import keras
import numpy as np
from sklearn.metrics import average_precision_score

from crack_exp.evaluation.metrics import accuracy, auroc, loss
from crack_exp.evaluation.predictions import Predictions
from crack_exp.model.painting_heads import CLASSES, INTACT, STRIDES_PX, crack_cells, map_name
from crack_exp.painter import CLASS_NAMES
from crack_exp.painter.cuts import centre_cuts
from crack_exp.painter.stream import Paintings, painting_stream

FINEST = min(STRIDES_PX)


@dataclass(frozen=True)
class ValidationSet:
    """The paintings, and a fingerprint that a change of the painter changes."""

    paintings: Paintings
    sha256: str

    def evaluate(self, model: keras.Model, batch_size: int) -> dict[str, float]:
        """Accuracy over the painter's classes, AUROC of crack against intact, and how well its cells are found."""
        outputs = model.predict(self.paintings.pixels, batch_size=batch_size, verbose=0)
        predictions = self._predictions(outputs[CLASSES])
        cells = crack_cells(self.paintings.masks, FINEST).ravel()
        return {
            "loss": loss(predictions),
            "accuracy": accuracy(predictions),
            "auroc": auroc(predictions),
            "crack_cells_average_precision": float(average_precision_score(cells, np.ravel(outputs[map_name(FINEST)]))),
        }

    def _predictions(self, probabilities: np.ndarray) -> Predictions:
        names = [str(number) for number in range(len(probabilities))]
        return Predictions(
            names=names,
            groups=names,
            labels=self.paintings.labels,
            probabilities=probabilities,
            class_names=list(CLASS_NAMES),
            intact=frozenset([INTACT]),
        )


def paint_validation_set(
    count: int, *, view_px: int, size_px: int, class_shares: list[float], painters: int
) -> ValidationSet:
    """The centre crops, `view_px` a side, of the first `count` validation paintings, `size_px` a side.

    They are the same for every seed, so that pretrainings can be compared.
    """
    with painting_stream(
        series="validation", seed=0, first=0, size_px=size_px, class_shares=class_shares, painters=painters
    ) as read:
        paintings = centre_cuts(read(count), view_px)
    return ValidationSet(paintings, hashlib.sha256(paintings.pixels.tobytes()).hexdigest())
