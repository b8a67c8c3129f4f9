"""What the model says about images, and what that is worth."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from crack_exp.config.schema import EvaluationConfig
from crack_exp.data.examples import Example, Splits
from crack_exp.evaluation.evaluate import Evaluation, evaluate
from crack_exp.evaluation.predictions import Predictions
from crack_exp.run.prepare_images import label_indices
from crack_exp.training.callbacks import LiveProgress


def evaluate_split(
    probabilities: np.ndarray,
    part: Sequence[Example],
    splits: Splits,
    config: EvaluationConfig,
    seed: int,
    threshold: float | None,
) -> Evaluation:
    """Evaluate `probabilities` (N, C) of the N images of `part`."""
    predictions = Predictions(
        names=[example.name for example in part],
        groups=[example.group for example in part],
        labels=label_indices(part, splits.class_names),
        probabilities=probabilities,
        class_names=splits.class_names,
        intact=frozenset(splits.class_names.index(name) for name in splits.intact),
        surfaces=[example.surface for example in part] if any(example.surface for example in part) else None,
    )
    return evaluate(predictions, config.confidence, config.bootstrap_resamples, seed, threshold)


def predict(model: keras.Model, batches: Any, what: str) -> np.ndarray:
    """Probabilities (N, C) of all images in `batches`; `what` names the images in the progress shown."""
    return model.predict(batches, verbose=0, callbacks=[LiveProgress(f"judging {what}", epochs=None)])


def predict_once(model: keras.Model, batches: Any, kept: Path) -> np.ndarray:
    """The same of the validation images, kept in the .npy file `kept` for a run that is resumed."""
    if kept.exists():
        return np.load(kept)
    probabilities = predict(model, batches, "validation")
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.save(file, probabilities)
    unfinished.replace(kept)
    return probabilities


def balanced_weights(labels: np.ndarray) -> dict[int, float]:
    """The weight of each class that gives all classes the same sum."""
    classes = np.unique(labels)
    weights = compute_class_weight("balanced", classes=classes, y=labels)
    return {int(name): float(weight) for name, weight in zip(classes, weights, strict=True)}
