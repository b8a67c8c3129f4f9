"""The card in a model's file: it is whole and true, or the file is refused in one sentence."""

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.model.card import ENTRY, from_json, read_model_card, to_json
from crack_exp.model.card_file import load_with_card, save_with_card
from crack_exp.system.errors import UserError
from tests.deployed_models import brightness_network, card_of


def refusal(path: Path) -> str:
    """What is said of a file that is not to be used."""
    with pytest.raises(UserError) as raised:
        load_with_card(path)
    said = str(raised.value)
    assert said.startswith(f"model={path}: ") and "\n" not in said
    return said.removeprefix(f"model={path}: ")


def with_entry(change: Callable[[str, bytes], bytes | None], file: Path, copy: Path) -> Path:
    """A copy of the archive, each entry changed; None leaves it out."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            if (content := change(name, source.read(name))) is not None:
                target.writestr(name, content)
    return copy


def with_card_text(text: str, file: Path, copy: Path) -> Path:
    return with_entry(lambda name, content: text.encode() if name == ENTRY else content, file, copy)


def test_the_card_in_the_file_the_card_beside_it_and_the_card_that_was_written_are_one(deployed_file: Path) -> None:
    network, card = load_with_card(deployed_file)
    beside = deployed_file.with_name("model_card.json").read_text()
    assert card == read_model_card(deployed_file) == from_json(beside, "beside") == card_of(network)
    assert [path.name for path in sorted(deployed_file.parent.iterdir())] == ["model.keras", "model_card.json"]


def test_keras_opens_the_file_as_any_other(deployed_file: Path) -> None:
    white = np.full((1, 32, 32, 3), 255, np.uint8)
    probabilities = keras.models.load_model(deployed_file).predict(white, verbose=0)
    np.testing.assert_allclose(probabilities, load_with_card(deployed_file)[0].predict(white, verbose=0))
    assert probabilities[0, 2] > 0.99


def test_a_card_of_other_weights_is_never_written(tmp_path: Path) -> None:
    network = brightness_network()
    with pytest.raises(AssertionError):
        save_with_card(network, card_of(network, weights_sha256="0" * 64), tmp_path / "model.keras", tmp_path / "card")
    assert list(tmp_path.iterdir()) == []


def test_positions_of_the_intact_classes_are_those_among_the_outputs() -> None:
    card = card_of(brightness_network(), class_names=["hairline", "sound", "stain"], intact=["stain", "sound"])
    assert card.intact_indices == [1, 2]


def test_a_model_without_a_card_is_refused_with_the_remedy(tmp_path: Path) -> None:
    brightness_network().save(tmp_path / "bare.keras")
    said = refusal(tmp_path / "bare.keras")
    assert said.startswith("a model without a card of crack_exp, so its classes, threshold and scale are unknown; name")


def test_weights_that_the_card_was_not_made_for_are_refused(deployed_file: Path, tmp_path: Path) -> None:
    other = brightness_network()
    other.layers[-1].set_weights([2 * weight for weight in other.layers[-1].get_weights()])
    other.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras", "a") as archive:
        archive.writestr(ENTRY, to_json(read_model_card(deployed_file)))
    assert refusal(tmp_path / "model.keras").startswith("its weights are not those that its card was made for")


def test_half_a_file_is_refused(deployed_file: Path, tmp_path: Path) -> None:
    content = deployed_file.read_bytes()
    (tmp_path / "half.keras").write_bytes(content[: len(content) // 2])
    assert refusal(tmp_path / "half.keras").startswith("not a whole .keras file (File is not a zip file)")


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    assert refusal(tmp_path / "model.h5").startswith("not a whole .keras file")
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("archive/data.pkl", "weights")
    assert refusal(tmp_path / "model.pt").startswith("a model without a card of crack_exp")


def test_a_network_that_keras_cannot_read_is_refused(deployed_file: Path, tmp_path: Path) -> None:
    broken = with_entry(
        lambda name, content: b"{}" if name == "config.json" else content, deployed_file, tmp_path / "model.keras"
    )
    assert refusal(broken).startswith("Keras cannot read it (")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "its card is damaged ("),
        ("[]", "its card is damaged ("),
        ("{}", "its card is damaged ("),
        ('{"format": 1, "figures": {}}', "its card is damaged ("),
        ('{"format": 1, "figures": {"auroc": 0.9}}', "its card is damaged ("),
        ('{"format": 2, "figures": {}}', "its card is of another format; install a newer crack_exp"),
    ],
)
def test_a_damaged_card_is_refused(text: str, said: str, deployed_file: Path, tmp_path: Path) -> None:
    assert refusal(with_card_text(text, deployed_file, tmp_path / "model.keras")).startswith(said)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", "high"),
        ("class_names", "intact"),
        ("intact", ["sound"]),
        ("image_size_px", 0),
        ("tile_px", None),
        ("mm_per_px", 0),
        ("white_level", 0),
        ("white_level", 65_536),
        ("white_level", None),
    ],
)
def test_a_card_with_values_of_another_kind_is_refused(
    name: str, value: object, deployed_file: Path, tmp_path: Path
) -> None:
    values = json.loads(to_json(read_model_card(deployed_file))) | {name: value}
    assert name in refusal(with_card_text(json.dumps(values), deployed_file, tmp_path / "model.keras"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "gone.keras")


def test_a_figure_without_an_interval_comes_back_without_one(deployed_file: Path) -> None:
    card = read_model_card(deployed_file)
    assert (card.figures["loss"].low, card.figures["recall_at_threshold"].low) == (None, 0.9)
    assert from_json(to_json(replace(card, mm_per_px=0.25)), "").mm_per_px == 0.25


def test_the_white_level_comes_back_and_that_of_an_older_card_is_65535() -> None:
    values = json.loads(to_json(card_of(brightness_network(), white_level=4095)))
    assert from_json(json.dumps(values), "").white_level == 4095
    del values["white_level"]
    assert from_json(json.dumps(values), "").white_level == 65_535


def test_a_saved_file_replaces_an_older_one_whole(deployed_file: Path, tmp_path: Path) -> None:
    shutil.copy(deployed_file, tmp_path / "model.keras")
    network = brightness_network()
    save_with_card(network, card_of(network, threshold=0.25), tmp_path / "model.keras", beside=tmp_path / "card.json")
    assert load_with_card(tmp_path / "model.keras")[1].threshold == 0.25
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "model.keras"]


def test_a_model_whose_weights_are_no_numbers_is_not_loaded(tmp_path: Path) -> None:
    network = brightness_network()
    kernel, *others = network.get_weights()
    network.set_weights([np.full_like(kernel, np.nan), *others])
    network.save(tmp_path / "spoilt.keras")
    with zipfile.ZipFile(tmp_path / "spoilt.keras", "a") as archive:
        archive.writestr(ENTRY, to_json(card_of(network)))
    said = refusal(tmp_path / "spoilt.keras")
    assert said.startswith("conv2d") and said.endswith("holds values that are no finite numbers; train the model again")
