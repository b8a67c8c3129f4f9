"""The card of a deployed model: all that its user must know. It is in the model's file, and a copy lies beside it."""

import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crack_exp.data.decoding import WHITE_LEVEL
from crack_exp.system.errors import UserError
from crack_exp.system.keras_backend import NAMES, TENSORFLOW

FORMAT = 1
ENTRY = "crack_exp.json"
"""The name of the card in a .keras file, which is a zip archive; Keras ignores it."""

PAINTED_ONLY = ", all of them painted: no photograph"
"""What `tested_on` ends with where the figures are of paintings."""

RESIZING = "the whole image, not cropped, to a square by antialiased bilinear interpolation (Pillow's BILINEAR)"


SCORE_OF_CLASSES = "1 minus the probability of the intact classes"

UNTOLD = {
    "score": SCORE_OF_CLASSES,
    "white_level": WHITE_LEVEL,
    "promise": "",
    "temperature": 1.0,
    "computed_by": NAMES[TENSORFLOW],
}
"""What older cards do not tell. The first versions knew no other backend."""


@dataclass(frozen=True)
class Figure:
    """A metric with its confidence interval; low and high are None where there is none."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ModelCard:
    """What a model takes, what it gives, and what is known of it.

    class_names:     of the C outputs; intact: those that mean "no crack".
    score:           what the crack score is, in words; in numbers it is 1 minus the probability of the intact classes.
    threshold:       of the crack score, in [0, 1]: from it on, an image is predicted as crack.
    threshold_rule:  a sentence: how the threshold was chosen; promise: one: what it promises of further images.
    temperature:     that the model divides its logits by, so that its probabilities are calibrated.
    image_size_px:   side of the square input; resizing: how an image becomes such a square.
    tile_px:         typical side of the training images, before resizing; mm_per_px: size of their pixels on the
                     concrete, None where unknown.
    precision:       dtype policy of the training; computed_by: "JAX 0.10.2", the library that trained and tested it.
    weights_sha256:  `fingerprint` of the network; data_sha256: of images, labels, groups and splits.
    white_level:     the value of 16-bit grey images that is white to the model, as in its training.
    figures:         by metric, on `tested_on` ("750 test images of data=folder"), with intervals at `confidence`.
    run_id:      id of the run in MLflow; command: repeats it; version: of crack_exp; date: ISO 8601, UTC.
    """

    class_names: list[str]
    intact: list[str]
    score: str
    threshold: float
    threshold_rule: str
    promise: str
    temperature: float
    image_size_px: int
    resizing: str
    tile_px: int
    mm_per_px: float | None
    white_level: int
    precision: str
    computed_by: str
    weights_sha256: str
    data_sha256: str
    figures: Mapping[str, Figure]
    confidence: float
    tested_on: str
    run_id: str
    command: str
    version: str
    date: str

    @property
    def intact_indices(self) -> list[int]:
        """The positions of the intact classes among the outputs."""
        return [index for index, name in enumerate(self.class_names) if name in self.intact]

    def as_values(self) -> dict[str, Any]:
        """The card as JSON values."""
        return {"format": FORMAT, **asdict(self)}


def to_json(card: ModelCard) -> str:
    return json.dumps(card.as_values(), indent=2)


def from_json(text: str, origin: str) -> ModelCard:
    """The card in `text`; origin: names the file in errors. Raises UserError where it is not a card of this format."""
    try:
        values = json.loads(text)
        if values.pop("format") != FORMAT:
            raise UserError(f"model={origin}: its card is of another format; install a newer crack_exp to use it")
        figures = {name: Figure(**figure) for name, figure in values.pop("figures").items()}
        values = UNTOLD | values
        card = ModelCard(**values, figures=figures)
        if wrong := [name for name, is_right in _checks(card).items() if not is_right]:
            raise ValueError(f"{wrong[0]} is {getattr(card, wrong[0])!r}")
        return card
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"model={origin}: its card is damaged ({error}); copy or export the model again") from error


def _checks(card: ModelCard) -> dict[str, bool]:
    """For the fields that predictions depend on, whether their values can be."""

    def is_number(value: object, low: float, high: float = math.inf) -> bool:
        return isinstance(value, int | float) and low <= value <= high

    def are_names(value: object) -> bool:
        return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)

    return {
        "class_names": are_names(card.class_names),
        "intact": are_names(card.intact) and set(card.intact) <= set(card.class_names),
        "threshold": is_number(card.threshold, 0, 1),
        "temperature": is_number(card.temperature, 0) and card.temperature > 0,
        "image_size_px": isinstance(card.image_size_px, int) and card.image_size_px > 0,
        "tile_px": isinstance(card.tile_px, int) and card.tile_px > 0,
        "white_level": isinstance(card.white_level, int) and 255 <= card.white_level <= WHITE_LEVEL,
        "mm_per_px": card.mm_per_px is None or (is_number(card.mm_per_px, 0) and card.mm_per_px > 0),
    }


def read_model_card(path: Path) -> ModelCard:
    """The card in a .keras file.

    Raises UserError where the file has none, or is no .keras file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(ENTRY).decode()
    except KeyError:
        raise UserError(
            f"model={path}: a model without a card of crack_exp, so its classes, threshold and scale are unknown; "
            "name a model of crack_exp.run, whose file has one"
        ) from None
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise UserError(f"model={path}: not a whole .keras file ({error}); name another, or copy it again") from error
    return from_json(text, str(path))
