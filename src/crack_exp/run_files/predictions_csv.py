"""Predictions of each image as a CSV file, from which every figure can be computed again to the last digit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from crack_exp.evaluation.predictions import Predictions, are_probabilities
from crack_exp.system.csv_files import write_csv
from crack_exp.system.own_files import must_be

PROBABILITY, UNCALIBRATED = "probability ", "uncalibrated "
STAGE, SURFACE = "stage", "surface"


def write_predictions(predictions: Predictions, raw: np.ndarray, threshold: float, path: Path) -> None:
    """One row an image: name, label, decision, most_probable_class, group, crack_score, and `probability NAME` of each.

    raw: (N, C) probabilities before calibration, which become the columns `uncalibrated NAME`.
    decision: "crack" from the threshold of the crack score on, else "no crack". Where surfaces are known, a column
    `surface` as well. Numbers have enough digits to read back the same float32: with six decimals a loss of 15 nats
    would come back as 36.
    """
    uncalibrated = [f"{UNCALIBRATED}{name}" for name in predictions.class_names]
    rows = zip(_rows(predictions, predictions.is_alarm(threshold)), raw, strict=True)
    write_csv((row | dict(zip(uncalibrated, map(_number, before), strict=True)) for row, before in rows), path)


def write_stages(stages: Mapping[str, Predictions], path: Path) -> None:
    """Write the predictions of each stage of training; a first column `stage` names it, and there is no `decision`."""
    write_csv(({STAGE: stage} | row for stage, said in stages.items() for row in _rows(said)), path)


def read_predictions(rows: Sequence[Mapping[str, str]], class_names: list[str], intact: Iterable[str]) -> Predictions:
    """What `write_predictions` wrote, from the rows of its file; probabilities are (N, C) float32.

    Rows of anything else raise KeyError or ValueError.
    """
    predictions = Predictions(
        names=[row["name"] for row in rows],
        groups=[row["group"] for row in rows],
        labels=np.array([class_names.index(row["label"]) for row in rows], np.int32),
        probabilities=np.array([[row[PROBABILITY + name] for name in class_names] for row in rows], np.float32),
        class_names=class_names,
        intact=frozenset(class_names.index(name) for name in intact),
        surfaces=[row[SURFACE] for row in rows] if SURFACE in rows[0] else None,
    )
    must_be(are_probabilities(predictions.probabilities), "probabilities")
    must_be(len(set(predictions.names)) == len(rows), "a row for each image")
    return predictions


def read_uncalibrated(rows: Sequence[Mapping[str, str]], class_names: list[str]) -> np.ndarray:
    """(N, C) float32, the probabilities before calibration; those of older files were never calibrated."""
    prefix = UNCALIBRATED if UNCALIBRATED + class_names[0] in rows[0] else PROBABILITY
    raw = np.array([[row[prefix + name] for name in class_names] for row in rows], np.float32)
    must_be(are_probabilities(raw), "probabilities")
    return raw


def read_stages(
    rows: Sequence[Mapping[str, str]], class_names: list[str], intact: Iterable[str]
) -> dict[str, Predictions]:
    """What `write_stages` wrote: {stage: predictions}, in the order of the file."""
    intact = list(intact)
    stages = dict.fromkeys(row[STAGE] for row in rows)
    return {
        stage: read_predictions([row for row in rows if row[STAGE] == stage], class_names, intact) for stage in stages
    }


def _rows(predictions: Predictions, alarm: np.ndarray | None = None) -> Iterator[dict[str, object]]:
    """A row for each image; alarm: (N,) bool, for the column `decision`."""
    classes, surfaces = predictions.class_names, predictions.surfaces
    predicted, scores = predictions.predicted, predictions.crack_score  # of all images: not once for each
    for index, (name, group) in enumerate(zip(predictions.names, predictions.groups, strict=True)):
        probabilities = zip(classes, predictions.probabilities[index], strict=True)
        yield {
            "name": name,
            "label": classes[predictions.labels[index]],
            **({} if alarm is None else {"decision": "crack" if alarm[index] else "no crack"}),
            "most_probable_class": classes[predicted[index]],
            "group": group,
            **({SURFACE: surfaces[index]} if surfaces else {}),
            "crack_score": _number(scores[index]),
        } | {PROBABILITY + title: _number(value) for title, value in probabilities}


def _number(value: float) -> str:
    """'0.9731208', '3e-07': the shortest text that reads back as the same float32."""
    return str(np.float32(value))
