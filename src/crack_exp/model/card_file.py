"""A .keras file with its card: the file of a deployed model."""

import zipfile
from pathlib import Path

import keras

from crack_exp.model.card import ENTRY, ModelCard, read_model_card, to_json
from crack_exp.model.weights import fingerprint, first_line, not_finite
from crack_exp.system.errors import UserError
from crack_exp.system.files import write_text


def save_with_card(model: keras.Model, card: ModelCard, path: Path, beside: Path) -> None:
    """Write `model` to the .keras file `path` with its card inside, and the card alone to `beside`."""
    assert card.weights_sha256 == fingerprint(model)
    assert not_finite(model) is None  # the training ends before
    unfinished = path.with_name(f"unfinished-{path.name}")
    model.save(unfinished)
    with zipfile.ZipFile(unfinished, "a") as archive:
        archive.writestr(ENTRY, to_json(card))
    unfinished.replace(path)
    write_text(beside, to_json(card))


def load_with_card(path: Path) -> tuple[keras.Model, ModelCard]:
    """The network in a .keras file, without an optimizer, and its card.

    Raises UserError where the file has no card, is damaged, or its weights are not finite, or not those of its card.
    """
    card = read_model_card(path)
    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises many kinds for a damaged file
        raise UserError(f"model={path}: Keras cannot read it ({first_line(error)}); copy it again") from error
    if (weight := not_finite(model)) is not None:
        raise UserError(f"model={path}: {weight} holds values that are no finite numbers; train the model again")
    if fingerprint(model) != card.weights_sha256:
        raise UserError(
            f"model={path}: its weights are not those that its card was made for, so threshold and figures may be "
            "wrong; copy the model of the run again"
        )
    return model, card
