"""Every YAML file under conf/ composes, and describes what can be built."""

import re
import shlex
from functools import cache
from pathlib import Path

import keras
import pytest

from crack_exp.config import build, build_later, conf_dir
from crack_exp.config.build_backbone import rescaling
from crack_exp.config.kinds import AUGMENTATION, BACKBONE, OPTIMIZER
from crack_exp.config.schema import ModelConfig
from crack_exp.data.augmentation import check_layers
from crack_exp.model.classifier import build_backbone
from tests.composing import composed, settings

CONF = Path(conf_dir())
COMMANDS = ("run", "tune", "compare", "pretrain", "predict", "survey", "export", "serve")
GROUPS = {
    folder.name: sorted(path.stem for path in folder.glob("*.yaml") if not path.stem.startswith("_"))
    for folder in sorted(CONF.iterdir())
    if folder.is_dir() and folder.name != "deployed"  # main files of commands
}
CHOICES = [(group, choice) for group, choices in GROUPS.items() for choice in choices]


def command(path: Path) -> list[str]:
    """The overrides of the command that the file's first comment is."""
    lines = path.read_text().splitlines()
    first = lines[1] if lines[0].startswith("# @package") else lines[0]
    found = re.fullmatch(
        r"# python -m crack_exp\.(?:run|tune|compare|pretrain|predict|survey|export|serve)( .+)?", first
    )
    assert found, f"{path.name} begins with {first!r}, not with the command that uses it"
    return shlex.split(found[1] or "")


def test_the_folders_were_looked_through() -> None:
    assert set(GROUPS) == {
        *("data", "model", "augment", "optimizer", "fine_tune", "training", "runtime", "evaluation", "tracking"),
        *("experiment", "tune"),
    }
    assert {"adam", "rmsprop", "sgd", "adamw", "nadam"} <= set(GROUPS["optimizer"])
    assert {"mobilenet_v2", "mobilenet_v2_035", "efficientnet_v2_b0", "small_from_scratch"} <= set(GROUPS["model"])
    assert {"folder", "synthetic", "table", "ccic", "sdnet2018"} <= set(GROUPS["data"])
    assert {"top_layers", "last_block", "all", "none"} <= set(GROUPS["fine_tune"])
    assert {"none", "flips", "photometric"} <= set(GROUPS["augment"])
    assert {"reference", "smoke", "sdnet2018"} <= set(GROUPS["experiment"])
    assert {"head", "fine_tune"} <= set(GROUPS["tune"])


@pytest.mark.parametrize(("group", "choice"), CHOICES)
def test_the_first_line_of_a_choice_is_a_command_that_uses_it_and_composes(group: str, choice: str) -> None:
    overrides = command(CONF / group / f"{choice}.yaml")
    assert any(override.startswith((f"{group}=", f"{group}.")) for override in overrides)
    # The one choice of a group is the default: its command shows a value of it.
    assert f"{group}={choice}" in overrides or GROUPS[group] == [choice]
    composed(*overrides, config="tune") if group == "tune" else settings(*overrides)


@pytest.mark.parametrize(
    "path", sorted([*CONF.glob("[!_]*.yaml"), *CONF.glob("deployed/[!_]*.yaml")]), ids=lambda path: path.stem
)
def test_the_first_line_of_a_main_file_is_the_command_that_it_belongs_to(path: Path) -> None:
    verb = "run" if path.stem == "config" else path.stem
    assert path.read_text().startswith(f"# python -m crack_exp.{verb}")
    composed(*command(path), config=path.relative_to(CONF).with_suffix("").as_posix())


@pytest.mark.parametrize("choice", GROUPS["optimizer"])
def test_an_optimizer_serves_both_phases(choice: str) -> None:
    config = settings(f"optimizer={choice}", f"optimizer@fine_tune.optimizer={choice}")
    head = build(config.optimizer, "optimizer", OPTIMIZER)
    fine_tune = build(config.fine_tune.optimizer, "fine_tune.optimizer", OPTIMIZER)
    assert type(head) is type(fine_tune)
    assert type(head).__name__.lower() == choice
    # A phase keeps its own learning rate, whatever its optimizer.
    assert float(fine_tune.learning_rate) == pytest.approx(1e-5)


@pytest.mark.parametrize("choice", GROUPS["augment"])
def test_an_augmentation_changes_images_without_changing_their_size(choice: str) -> None:
    nodes = settings(f"augment={choice}").augment.layers
    layers = [build(node, f"augment.layers[{index}]", AUGMENTATION) for index, node in enumerate(nodes)]
    check_layers(layers, (16, 16, 3))
    assert (layers == []) == (choice == "none")


@cache
def model_config(choice: str) -> ModelConfig:
    return settings(f"model={choice}").model


def body(model: ModelConfig) -> keras.Model:
    return build_backbone(
        backbone=build_later(model.backbone, "model.backbone", BACKBONE),
        rescaling=rescaling(model),
        weights="none",
        image_size_px=model.image_size_px,
        batch_norm_momentum=model.from_scratch.batch_norm_momentum,
    )


@cache
def body_of(choice: str) -> keras.Model:
    return body(model_config(choice))


@pytest.mark.parametrize("choice", GROUPS["model"])
def test_the_stages_of_a_model_are_layers_of_it_from_the_bottom_to_the_top(choice: str) -> None:
    stages = model_config(choice).stages
    names = [layer.name for layer in body_of(choice).layers]
    assert set(stages.values()) <= set(names)
    first = {stage: names.index(layer) for stage, layer in stages.items()}
    assert first["all"] < first["top_layers"] < first["last_block"]


@pytest.mark.parametrize("choice", GROUPS["model"])
def test_every_way_to_fine_tune_is_a_stage_of_every_model(choice: str) -> None:
    stages = model_config(choice).stages
    assert set(GROUPS["fine_tune"]) - {"none"} == set(stages)


@pytest.mark.parametrize("choice", GROUPS["model"])
def test_all_means_every_layer_that_can_learn(choice: str) -> None:
    first = next(layer.name for layer in body_of(choice).layers if layer.trainable_weights)
    assert model_config(choice).stages["all"] == first


def test_the_small_model_takes_images_of_any_size_from_32_pixels_on() -> None:
    small = body(settings("model=small_from_scratch", "model.image_size_px=48").model)
    assert small.input_shape == (None, 48, 48, 3)
    assert small.output_shape == (None, 2, 2, 1280)  # 48 / 32, rounded up


def test_pixels_become_what_each_family_was_trained_on() -> None:
    """From -1 to 1 for MobileNetV2; for EfficientNetV2 by ImageNet's mean and deviation (0.485, 0.229 for red)."""
    dark, light = keras.ops.zeros((1, 1, 1, 3)), keras.ops.full((1, 1, 1, 3), 255.0)
    mobilenet = rescaling(model_config("mobilenet_v2"))
    assert keras.ops.convert_to_numpy(mobilenet(dark)).ravel() == pytest.approx([-1, -1, -1])
    assert keras.ops.convert_to_numpy(mobilenet(light)).ravel() == pytest.approx([1, 1, 1])
    efficientnet = rescaling(model_config("efficientnet_v2_b0"))
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    expected = [(1 - m) / d for m, d in zip(mean, deviation, strict=True)]
    assert keras.ops.convert_to_numpy(efficientnet(light)).ravel() == pytest.approx(expected, abs=1e-3)
    assert keras.ops.convert_to_numpy(efficientnet(dark))[0, 0, 0, 0] == pytest.approx(-0.485 / 0.229, abs=1e-3)


def test_the_reference_experiment_is_the_reference_workflow() -> None:
    config = settings("experiment=reference", "data.path=ccic")
    assert (config.model.backbone["_target_"], config.model.backbone["alpha"]) == ("keras.applications.MobileNetV2", 1)
    assert (config.model.weights, config.model.image_size_px) == ("imagenet", 160)
    assert (config.data.validation, config.data.test) == (0.24, 0.06)
    assert (config.training.batch_size, config.training.epochs, config.training.dropout) == (128, 10, 0.2)
    assert config.optimizer == {"_target_": "keras.optimizers.Adam", "learning_rate": 1e-4}
    assert config.fine_tune.optimizer == {"_target_": "keras.optimizers.RMSprop", "learning_rate": 1e-5}
    assert (config.fine_tune.epochs, config.fine_tune.stage) == (10, "top_layers")
    assert config.model.stages["top_layers"] == "block_11_expand_relu"
