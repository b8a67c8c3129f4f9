"""A configuration can describe what Keras has, and nothing else."""

from pathlib import Path
from typing import Any

import keras
import pytest

from crack_exp.config import build, build_later

ADAM = "keras.optimizers.Adam"
COSINE = "keras.optimizers.schedules.CosineDecay"


def refusal(node: Any, kind: type = keras.optimizers.Optimizer) -> str:
    with pytest.raises(ValueError) as raised:
        build(node, "optimizer", kind)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_an_optimizer_with_its_schedule() -> None:
    schedule = {"_target_": COSINE, "initial_learning_rate": 0.1, "decay_steps": 100}
    optimizer = build({"_target_": ADAM, "learning_rate": schedule, "beta_1": 0.8}, "optimizer", keras.Optimizer)
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert optimizer.beta_1 == 0.8
    # Half-way down a cosine from 0.1 to 0.
    optimizer.iterations.assign(50)
    assert float(optimizer.learning_rate) == pytest.approx(0.05)


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "builtins.eval",
        "keras.src.utils.file_utils.os.system",
        "keras.src.utils.file_utils.shutil.rmtree",
        "crack_exp.command.hydra.utils.instantiate",
        "keras.Model.__class__",
        "keras",
        "keras.optimizers",
        "kerasx.Adam",
        "Adam",
        "",
    ],
)
def test_nothing_but_what_keras_and_this_package_define(target: str) -> None:
    allowed = "must name a class of keras or crack_exp, e.g. keras.optimizers.Adam"
    assert refusal({"_target_": target, "command": "true"}) == f"optimizer._target_={target}: {allowed}"


def test_no_command_hides_further_inside(tmp_path: Path) -> None:
    harm = {"_target_": "os.mkdir", "path": str(tmp_path / "made")}
    assert refusal({"_target_": ADAM, "learning_rate": harm}).startswith("optimizer.learning_rate._target_=os.mkdir: ")
    listed = refusal({"_target_": ADAM, "learning_rate": [[1, harm]]})
    assert listed.startswith("optimizer.learning_rate[0][1]._target_=os.mkdir: ")
    assert list(tmp_path.iterdir()) == []


def test_no_function_of_keras_is_called(tmp_path: Path) -> None:
    download = {"_target_": "keras.utils.get_file", "origin": "file:///dev/null", "cache_dir": str(tmp_path)}
    assert "is no Optimizer" in refusal(download)
    assert "must name a class" in refusal({"_target_": ADAM, "learning_rate": download})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("switch", ["_args_", "_partial_", "_convert_", "_recursive_"])
def test_hydras_own_switches_are_no_way_round_the_checks(switch: str) -> None:
    assert refusal({"_target_": ADAM, switch: [-1]}).startswith(f"optimizer.{switch}: no such setting")


@pytest.mark.parametrize("target", ["keras.optimizers.Adm", "keras.optimzers.Adam", "crack_exp.nothing"])
def test_a_misspelt_target_is_said_to_be_missing(target: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert refusal({"_target_": target}) == f"optimizer._target_={target}: there is no such thing; check the spelling"
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("target", ["keras.layers.Dense", "keras.applications.MobileNetV2", "crack_exp.config.Config"])
def test_an_optimizer_is_an_optimizer(target: str) -> None:
    assert refusal({"_target_": target}).startswith(f"optimizer._target_={target}: is no Optimizer")


@pytest.mark.parametrize("node", [3, None, "adam", [], {"learning_rate": 0.1}])
def test_a_node_without_a_target_is_told(node: object) -> None:
    assert refusal(node).startswith(f"optimizer={node}: lacks a _target_")


def test_an_unknown_argument_is_named() -> None:
    said = refusal({"_target_": ADAM, "lerning_rate": 1})
    assert said.startswith("optimizer: ") and "lerning_rate" in said
    schedule = {"_target_": COSINE, "initial_learning_rate": 0.1, "decay_step": 100}
    said = refusal({"_target_": ADAM, "learning_rate": schedule})
    assert said.startswith("optimizer: ") and "decay_step" in said


def test_a_learning_rate_of_null_is_told() -> None:
    assert "learning_rate" in refusal({"_target_": ADAM, "learning_rate": None})


def test_a_backbone_is_built_when_its_input_is_known() -> None:
    backbone = build_later({"_target_": "keras.applications.MobileNet", "alpha": 0.25}, "model.backbone")
    body = backbone(input_tensor=keras.Input((32, 32, 3)), include_top=False, weights=None)
    assert body.get_layer("conv1").output.shape[-1] == 8  # a quarter of 32
    assert body.output.shape == (None, 1, 1, 256)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"_target_": "os.system"}, "model.backbone._target_=os.system: must name a class"),
        ({"_target_": "keras.applications.MobileNetV9"}, "there is no such thing"),
        ({"alpha": 1.0}, "model.backbone={'alpha': 1.0}: lacks a _target_"),
        ({"_target_": "keras.applications.MobileNet", "_partial_": True}, "model.backbone._partial_: no such"),
    ],
)
def test_a_backbone_is_checked_before_it_is_built(node: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as raised:
        build_later(node, "model.backbone")
    assert said in str(raised.value)


def test_a_backbone_that_refuses_its_arguments_says_so_when_built() -> None:
    backbone = build_later({"_target_": "keras.applications.MobileNet", "width": 2}, "model.backbone")
    with pytest.raises(ValueError, match=r"^model\.backbone: .*'width'"):
        backbone(include_top=False, weights=None)
