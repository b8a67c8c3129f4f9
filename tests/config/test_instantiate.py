"""A configuration can describe what the lists name for its place, and nothing else."""

import base64
import marshal
import sys
from pathlib import Path
from typing import Any

import keras
import pytest

from crack_exp.config import build, build_later
from crack_exp.config.instantiate import Kind
from crack_exp.config.kinds import AUGMENTATION, BACKBONE, OPTIMIZER, SCHEDULE
from crack_exp.system.errors import UserError

ADAM = "keras.optimizers.Adam"
COSINE = "keras.optimizers.schedules.CosineDecay"


def refusal(node: Any, kind: Kind = OPTIMIZER, allow_code: tuple[str, ...] = ()) -> str:
    with pytest.raises(UserError) as raised:
        build(node, "optimizer", kind, allow_code)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_an_optimizer_with_its_schedule() -> None:
    schedule = {"_target_": COSINE, "initial_learning_rate": 0.1, "decay_steps": 100}
    optimizer = build({"_target_": ADAM, "learning_rate": schedule, "beta_1": 0.8}, "optimizer", OPTIMIZER)
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
        "keras.saving.deserialize_keras_object",
        "keras.layers.Lambda",
        "keras.layers.TFSMLayer",
        "keras.optimizers.deserialize",
        "keras.optimizers.Optimizer",
        "keras.src.optimizers.adam.Adam",
        "crack_exp.config.Config",
        "keras",
        "keras.optimizers",
        "kerasx.Adam",
        "Adam",
        "",
    ],
)
@pytest.mark.parametrize("kind", [OPTIMIZER, SCHEDULE, BACKBONE, AUGMENTATION], ids=lambda kind: kind.name)
def test_nothing_is_built_that_no_list_names(target: str, kind: Kind) -> None:
    said = refusal({"_target_": target, "command": "true"}, kind)
    assert said.startswith(f"optimizer._target_={target}: ") and kind.name in said


def test_no_code_of_a_serialised_layer_runs(tmp_path: Path) -> None:
    """What `marshal` and base64 make of a function is code that Keras's Lambda would run."""
    made = tmp_path / "made"
    code = compile(f"open({str(made)!r}, 'w')", "", "exec")
    function = {"class_name": "__lambda__", "config": {"code": base64.b64encode(marshal.dumps(code)).decode()}}
    layer = {"module": "keras.layers", "class_name": "Lambda", "config": {"function": function}}
    network = {"module": "keras", "class_name": "Sequential", "config": {"layers": [layer]}}
    for target in ("keras.saving.deserialize_keras_object", "keras.layers.deserialize", "keras.Sequential.from_config"):
        node = {"_target_": target, "config": network, "safe_mode": False, "custom_objects": {}}
        assert "must name a known backbone" in refusal(node, BACKBONE)
    for argument in (network, layer, [layer], {"class_name": "function", "config": "system", "module": "os"}):
        assert refusal({"_target_": "keras.layers.RandomFlip", "mode": argument}, AUGMENTATION).startswith(
            "optimizer.mode"
        )
        assert refusal({"_target_": ADAM, "learning_rate": argument}).startswith("optimizer.learning_rate")
    assert not made.exists()


def test_the_lists_hold_what_runs_use_and_no_layer_that_runs_code_or_reads_files() -> None:
    assert {"keras.applications.MobileNetV2", "keras.applications.EfficientNetV2B0"} <= set(BACKBONE.known)
    assert {ADAM, "keras.optimizers.Lion", "keras.optimizers.Muon"} <= set(OPTIMIZER.known)
    assert {COSINE, "keras.optimizers.schedules.ExponentialDecay"} <= set(SCHEDULE.known)
    assert "keras.layers.RandomBrightness" in AUGMENTATION.known
    layers = {name.removeprefix("keras.layers.") for name in AUGMENTATION.known}
    harm = {"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "Wrapper", "Pipeline", "StringLookup"}
    assert not layers & (harm | {"TextVectorization", "IntegerLookup", "TimeDistributed", "RNN", "Bidirectional"})
    assert not [name for name in BACKBONE.known if "preprocess" in name or "decode" in name or "utils" in name]


def test_a_class_of_ones_own_is_built_where_the_command_line_allows_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_package.py").write_text(
        "import os\nimport keras\nfrom keras.optimizers import Adam\nclass Slow(keras.optimizers.SGD):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    slow = {"_target_": "my_package.Slow", "learning_rate": 0.5}
    assert "allow_code=[my_package] on the command line" in refusal(slow)
    assert "my_package" not in sys.modules
    assert float(build(slow, "optimizer", OPTIMIZER, ["my_package"]).learning_rate) == 0.5
    allowed = ("my_package",)
    assert "is no optimizer" in refusal({"_target_": "my_package.os.system"}, allow_code=allowed)
    assert "is defined elsewhere" in refusal({"_target_": "my_package.Adam"}, allow_code=allowed)
    assert "is defined elsewhere" in refusal({"_target_": "my_package.os.system"}, BACKBONE, allowed)
    assert "there is no such thing" in refusal({"_target_": "my_package.Slwo"}, allow_code=allowed)
    assert refusal({"_target_": "os.system"}, BACKBONE, allowed).endswith("e.g. keras.applications.MobileNetV2")


def test_no_command_hides_further_inside(tmp_path: Path) -> None:
    harm = {"_target_": "os.mkdir", "path": str(tmp_path / "made")}
    assert refusal({"_target_": ADAM, "learning_rate": harm}).startswith("optimizer.learning_rate._target_=os.mkdir: ")
    listed = refusal({"_target_": ADAM, "learning_rate": [[1, harm]]})
    assert listed.startswith("optimizer.learning_rate[0][1]._target_=os.mkdir: ")
    assert list(tmp_path.iterdir()) == []


def test_no_function_of_keras_is_called(tmp_path: Path) -> None:
    download = {"_target_": "keras.utils.get_file", "origin": "file:///dev/null", "cache_dir": str(tmp_path)}
    assert "must name a known optimizer" in refusal(download)
    assert "must name a known learning rate schedule" in refusal({"_target_": ADAM, "learning_rate": download})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("switch", ["_args_", "_partial_", "_convert_", "_recursive_"])
def test_hydras_own_switches_are_no_way_round_the_checks(switch: str) -> None:
    assert refusal({"_target_": ADAM, switch: [-1]}).startswith(f"optimizer.{switch}: no such setting")


def test_a_misspelt_target_is_told_with_the_nearest() -> None:
    for target in ("keras.optimizers.Adm", "keras.optimizer.Adam", "optimizers.Adam"):
        said = f"optimizer._target_={target}: is no optimizer; did you mean keras.optimizers.Adam?"
        assert refusal({"_target_": target}) == said


@pytest.mark.parametrize("target", ["keras.layers.Dense", "keras.applications.MobileNetV2", COSINE])
def test_an_optimizer_is_an_optimizer(target: str) -> None:
    assert refusal({"_target_": target}).startswith(f"optimizer._target_={target}: ")


@pytest.mark.parametrize("node", [3, None, "adam", [], {"learning_rate": 0.1}])
def test_a_node_without_a_target_is_told(node: object) -> None:
    assert refusal(node).startswith(f"optimizer={'null' if node is None else node}: lacks a _target_")


def test_an_unknown_argument_is_named() -> None:
    said = refusal({"_target_": ADAM, "lerning_rate": 1})
    assert said.startswith("optimizer: ") and "lerning_rate" in said
    schedule = {"_target_": COSINE, "initial_learning_rate": 0.1, "decay_step": 100}
    said = refusal({"_target_": ADAM, "learning_rate": schedule})
    assert said.startswith("optimizer.learning_rate: ") and "decay_step" in said


def test_a_learning_rate_of_null_is_told() -> None:
    assert "learning_rate" in refusal({"_target_": ADAM, "learning_rate": None})


def test_a_backbone_is_built_when_its_input_is_known() -> None:
    backbone = build_later({"_target_": "keras.applications.MobileNet", "alpha": 0.25}, "model.backbone", BACKBONE)
    body = backbone(input_tensor=keras.Input((32, 32, 3)), include_top=False, weights=None)
    assert body.get_layer("conv1").output.shape[-1] == 8  # a quarter of 32
    assert body.output.shape == (None, 1, 1, 256)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"_target_": "os.system"}, "model.backbone._target_=os.system: must name a known backbone"),
        ({"_target_": "keras.applications.MobileNetV9"}, "did you mean keras.applications.MobileNetV"),
        ({"alpha": 1.0}, "model.backbone={'alpha': 1.0}: lacks a _target_"),
        ({"_target_": "keras.applications.MobileNet", "_partial_": True}, "model.backbone._partial_: no such"),
    ],
)
def test_a_backbone_is_checked_before_it_is_built(node: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as raised:
        build_later(node, "model.backbone", BACKBONE)
    assert said in str(raised.value)


def test_a_backbone_that_refuses_its_arguments_says_so_when_built() -> None:
    backbone = build_later({"_target_": "keras.applications.MobileNet", "width": 2}, "model.backbone", BACKBONE)
    with pytest.raises(ValueError, match=r"^model\.backbone: .*'width'"):
        backbone(include_top=False, weights=None)
