"""What is refused, and that nothing is left or lost then."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crack_exp.export import export, formats
from crack_exp.export.conversion import Conversion, Converted, with_fixed_names
from crack_exp.export.savedmodel import to_savedmodel
from crack_exp.system.errors import UserError
from tests.deployed_models import brightness_network, card_of
from tests.export.conftest import need


def told(overrides: list[str]) -> str:
    with pytest.raises(UserError) as raised:
        export(overrides)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def exactly(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`exactly(spoil)`: format=savedmodel writes a small file; what it computes is the model's, spoilt."""

    def install(spoil: Callable[[np.ndarray], np.ndarray] = lambda found: found) -> None:
        def convert(conversion: Conversion, folder: Path) -> Converted:
            (folder / "model.txt").write_text("a model")

            def forward(images: np.ndarray) -> np.ndarray:
                return spoil(np.array(conversion.network.predict_on_batch(images)["probabilities"]))

            return Converted(folder / "model.txt", [folder / "model.txt"], forward, None)

        found = replace(formats.FORMATS["savedmodel"], convert=convert)
        monkeypatch.setattr(formats, "FORMATS", {**formats.FORMATS, "savedmodel": found})

    return install


def swapped(found: np.ndarray) -> np.ndarray:
    return found[:, ::-1]


def one_unknown(found: np.ndarray) -> np.ndarray:
    return np.where(np.arange(len(found))[:, None] == 0, np.nan, found)


@pytest.mark.parametrize("spoil", [swapped, one_unknown])
def test_a_file_that_does_not_agree_is_not_left(
    settings: list[str], tmp_path: Path, exactly: Callable[..., None], spoil: Callable[[np.ndarray], np.ndarray]
) -> None:
    exactly(spoil)
    said = told([*settings, f"output={tmp_path / 'new' / 'export'}"])
    assert said.startswith(
        "format=savedmodel with quantize=none: the file does not agree with the model: a probability"
    )
    assert "tolerance.none" in said
    assert list(tmp_path.iterdir()) == []


def test_decisions_count_as_well_as_probabilities(
    settings: list[str], tmp_path: Path, exactly: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    exactly(swapped)
    caplog.set_level("INFO", "crack_exp")
    said = told([*settings, f"output={tmp_path / 'export'}", "tolerance.none.probability=1"])
    assert "of 20 decisions changed, at most 0 may" in said and list(tmp_path.iterdir()) == []
    assert "of 20" in caplog.text and "file:" not in caplog.text  # the table is shown all the same


def test_an_export_is_not_overwritten_unless_asked(
    settings: list[str], tmp_path: Path, exactly: Callable[..., None]
) -> None:
    exactly()
    output = tmp_path / "export"
    done = export([*settings, f"output={output}"])
    assert done.path == output / "model.txt" and done.path.is_file()
    report = json.loads((output / "export.json").read_text())
    assert report["format"] == "savedmodel" and report["agreement"]["changed"] == 0
    (output / "model.txt").write_text("an earlier model")
    before = content(output)
    assert "overwrite=true" in told([*settings, f"output={output}"])
    exactly(swapped)
    assert "does not agree" in told([*settings, f"output={output}", "overwrite=true"])
    assert content(output) == before  # the earlier one is there until the new one is
    exactly()
    export([*settings, f"output={output}", "overwrite=true"])
    assert (output / "model.txt").read_text() == "a model"
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_folders_of_something_else_and_files_are_left_alone(settings: list[str], tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_text("a photo")
    before = content(tmp_path)
    assert "holds files of something else" in told([*settings, f"output={tmp_path}", "overwrite=true"])
    assert "a file; name a folder" in told([*settings, f"output={tmp_path / 'photo.jpg'}", "overwrite=true"])
    assert "cannot be written" in told([*settings, f"output={tmp_path / 'photo.jpg' / 'export'}"])
    assert content(tmp_path) == before


def test_without_a_name_the_folder_is_new(
    settings: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exactly: Callable[..., None]
) -> None:
    exactly()
    monkeypatch.chdir(tmp_path)
    first, second = export(settings), export(settings)
    assert first.folder != second.folder
    assert {path.parents[2] for path in (first.folder, second.folder)} == {Path("outputs")}


@pytest.mark.parametrize("quantize", ["float16", "int8"])
def test_a_savedmodel_is_not_quantized(settings: list[str], quantize: str) -> None:
    said = told([*settings, f"quantize={quantize}"])
    assert said.startswith(f"quantize={quantize} with format=savedmodel: there is no such file; use quantize=none")
    assert "onnx, litert, openvino" in said


@pytest.mark.parametrize(
    ("name", "quantize", "package", "extra"),
    [
        ("onnx", "none", "onnxruntime", "onnx"),
        ("litert", "float16", "ai_edge_litert", "litert"),
        ("openvino", "none", "openvino", "openvino"),
        ("openvino", "int8", "nncf", "nncf"),
    ],
)
def test_a_missing_package_is_named_with_what_installs_it(
    settings: list[str], monkeypatch: pytest.MonkeyPatch, name: str, quantize: str, package: str, extra: str
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda one, *rest: None if one == package else real(one, *rest))
    said = told([*settings, f"format={name}", f"quantize={quantize}"])
    assert said.startswith(f"format={name}") and package in said and f"pip install 'crack-exp[{extra}]'" in said


def test_every_extra_is_in_pyproject() -> None:
    import tomllib

    from tests.commands import REPOSITORY

    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {extra for one in formats.FORMATS.values() for _, extra in one.extras.values() if extra}
    assert named <= set(extras)


def test_the_formats_are_those_of_the_settings() -> None:
    from dataclasses import fields

    from crack_exp.config import ExportConfig

    (known,) = [field.metadata["range"] for field in fields(ExportConfig) if field.name == "format"]
    assert known.expected == "one of " + ", ".join(formats.FORMATS)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("engine=openvino", "engine=openvino: an export is compared with Keras in float32"),
        ("precision=mixed_bfloat16", "precision=mixed_bfloat16: an export is compared with Keras in float32"),
        ("format=coreml", "format=coreml: must be one of savedmodel, onnx, litert, openvino"),
        ("tolerance.int8.changed=1", "tolerance.int8.changed=1.0: must be at least 0 and below 1"),
    ],
)
def test_settings_that_cannot_be(settings: list[str], override: str, expected: str) -> None:
    assert told([*settings, override]).startswith(expected)


def test_images_that_cannot_be_read(settings: list[str], tmp_path: Path, exactly: Callable[..., None]) -> None:
    exactly()
    (tmp_path / "photo.jpg").write_text("no photo")
    said = told([*settings, f"images={tmp_path}", f"output={tmp_path / 'export'}"])
    assert "none of the images" in said and not (tmp_path / "export").exists()


def test_images_for_int8_that_cannot_be_read(settings: list[str], tmp_path: Path) -> None:
    need("onnx", "tf2onnx", "onnxruntime")
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_text(f"no photo {number}")
    said = told([*settings, f"images={tmp_path}", "format=onnx", "quantize=int8", f"output={tmp_path / 'export'}"])
    assert "none of the images to calibrate int8 on" in said and not (tmp_path / "export").exists()


def test_the_table_names_all_figures(
    settings: list[str], tmp_path: Path, exactly: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    exactly()
    caplog.set_level("INFO", "crack_exp")
    export([*settings, f"output={tmp_path / 'export'}"])
    shown: Any = caplog.text
    assert all(words in shown for words in ("0 of 20", "the model in Keras", "images/s", "MB", "model_card.json"))
    assert f"python examples/exported_savedmodel.py {tmp_path / 'export'} photo.jpg" in shown


def test_a_folder_that_tensorflow_takes_for_a_pattern_is_refused(tmp_path: Path) -> None:
    network = brightness_network()
    conversion = Conversion(with_fixed_names(network), card_of(network), "none", np.empty(0))
    message = r"^output=.*walls \[1\]: TensorFlow opens no SavedModel whose path has \[ or \]"
    with pytest.raises(UserError, match=message):
        to_savedmodel(conversion, tmp_path / "walls [1]" / ".unfinished")
