"""Weights between two sets of weights, which may keep what either knows.

Wortsman and others 2022, "Robust fine-tuning of zero-shot models", arXiv:2109.01903.
"""

from collections.abc import Iterable, Sequence

import keras
import numpy as np

from crack_exp.model.classifier import batch_norms


def blend(body: keras.Model, start: Sequence[np.ndarray], share: float, images: Iterable[np.ndarray]) -> None:
    """Give `body` `share` times its own weights and the rest of `start`, and the moving statistics that go with them.

    images: batches (N, S, S, 3) uint8 on which the statistics are taken.
    """
    body.set_weights(
        [share * own + (1 - share) * before for own, before in zip(body.get_weights(), start, strict=True)]
    )
    re_estimate_statistics(body, images)


def re_estimate_statistics(body: keras.Model, images: Iterable[np.ndarray]) -> None:
    """Replace BatchNormalization's moving statistics by their mean over batches of `images`."""
    norms, model = batch_norms(body), keras.Model(body.inputs[0], body.output)
    before = [norm.momentum for norm in norms]
    for number, batch in enumerate(images):
        for norm in norms:
            norm.momentum = number / (number + 1)
        model(batch, training=True)
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum
