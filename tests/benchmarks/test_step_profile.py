"""Where the time of a step goes: what is shared out, by which name, and that the benchmark runs."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tests.benchmarks.minutes import takes_minutes

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
trace = import_module("step_trace")


def test_what_runs_at_one_time_shares_the_cores() -> None:
    forward, by_input, by_filter = list(trace.KINDS)[:3]
    first = [trace.Operation(forward, 0, 10), trace.Operation(by_input, 12, 20)]
    second = [trace.Operation(by_filter, 16, 24)]
    spent = trace.shared_out([first, second], cores=2)
    # Alone 10 ms on two cores; a gap of 2 ms; 4 ms alone and 4 ms by halves, each.
    shares = {kind: core_ms for kind, core_ms in spent.items() if core_ms}
    assert shares == {forward: 20, trace.WAITING: 4, by_input: 12, by_filter: 12}
    assert sum(spent.values()) == 2 * 24


def test_of_an_operation_in_another_the_inner_one_counts() -> None:
    outer, inner = list(trace.KINDS)[:2]
    spent = trace.shared_out([[trace.Operation(inner, 0, 4), trace.Operation(outer, 0, 10)]], cores=1)
    assert (spent[outer], spent[inner]) == (6, 4)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("above/block_11_project_1/convolution:_MklNativeConv2D", "convolution, forward"),
        ("above/block_11_expand_1/convolution:_MklNativeFusedConv2D", "convolution, forward"),
        ("above/block_11_expand_1/convolution:Conv2D", "convolution, forward"),
        ("gradient_tape/Conv_1_1/a:_MklNativeConv2DBackpropInput", "convolution, by input"),
        ("gradient_tape/Conv_1_1/a:Conv2DBackpropFilter", "convolution, by filter"),
        ("above/block_11_depthwise_1/depthwise:_MklNativeFusedDepthwiseConv2dNative", "depthwise, forward"),
        ("a:_MklNativeDepthwiseConv2dNativeBackpropInput", "depthwise, by input"),
        ("a:DepthwiseConv2dNativeBackpropFilter", "depthwise, by filter"),
        ("above/block_11_expand_relu_1/Relu6:Relu6", "activations"),
        ("gradient_tape/above/out_relu_1/Relu6Grad:Relu6Grad", "activations, gradient"),
        ("StatefulPartitionedCall/rm_sprop/Mul_9:Mul", "optimizer"),
        ("StatefulPartitionedCall/rm_sprop_1/AssignSubVariableOp:AssignSubVariableOp", "optimizer"),
        ("above/block_14_project_1/Cast_3:Cast", "casts"),
        ("above/block_14_project_1/Mul_2:Mul", "normalisation folding"),
        ("above/block_14_add_1/ArithmeticOptimizer/AddOpsRewrite_Add:AddV2", "other operations"),
    ],
)
def test_operations_are_known_by_their_names(name: str, kind: str) -> None:
    assert trace.kind_of(name) == kind


@takes_minutes
@pytest.mark.timeout(900)
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_a_step_is_taken_apart(precision: str, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    tiny = ["--alpha", "0.35", "--image-size-px", "64", "--batch-size", "16", "--steps", "8", "--precision", precision]
    command = [sys.executable, str(BENCHMARKS / "step_profile.py"), *tiny, "--json", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(figures.read_text())
    spent = written["core_ms_per_step"]
    assert list(spent) == [*trace.KINDS, trace.WAITING] and written["cut"] == "block_10_project_BN"
    # Every kind was found, under the names that this version of TensorFlow gives; what it fuses has none of its own.
    assert {kind for kind, core_ms in spent.items() if not core_ms} <= {"activations"}
    ways = [(one["batches"], one["steps_per_execution"]) for one in written["ways"]]
    assert len(set(ways)) == 4
    assert all(rate > 0 for one in written["ways"] for rate in one["images_per_s"] + one["images_per_core_s"])
    assert "convolution, by filter" in done.stdout and "images/s untraced" in done.stdout
