"""The data of the plots as CSV files."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from crack_exp.evaluation.predictions import Predictions


def write_csv(rows: Iterable[Any], path: Path) -> None:
    """Write `rows`, dataclasses or mappings of equal keys, with a header; None becomes an empty cell."""
    plain = [_as_mapping(row) for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(plain[0]) if plain else [])
        writer.writeheader()
        writer.writerows(plain)


def write_predictions(predictions: Predictions, path: Path) -> None:
    """One row per image: name, label, predicted, group, crack_score, and `probability NAME` of each class.

    Where surfaces are known, a column `surface` as well.
    """
    write_csv((_prediction(predictions, index) for index in range(len(predictions.names))), path)


def _prediction(predictions: Predictions, index: int) -> dict[str, object]:
    classes = predictions.class_names
    probabilities = zip(classes, predictions.probabilities[index], strict=True)
    return {
        "name": predictions.names[index],
        "label": classes[predictions.labels[index]],
        "predicted": classes[predictions.predicted[index]],
        "group": predictions.groups[index],
        **({"surface": predictions.surfaces[index]} if predictions.surfaces else {}),
        "crack_score": f"{predictions.crack_score[index]:.6f}",
    } | {f"probability {name}": f"{value:.6f}" for name, value in probabilities}


def _as_mapping(row: Any) -> Mapping[str, Any]:
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
