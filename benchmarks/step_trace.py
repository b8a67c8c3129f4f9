"""What the operations of TensorFlow took on a CPU, by kind: what step_profile.py reads out of a trace."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

FOLDED = r"(expand|depthwise|project|Conv_1)(_\d+)?/"
"""The layers of MobileNetV2 that take in a normalisation; what is not their convolution is the folding."""
KINDS = {
    "convolution, forward": r":Conv2D$",
    "convolution, by input": r":Conv2DBackpropInput$",
    "convolution, by filter": r":Conv2DBackpropFilter$",
    "depthwise, forward": r":DepthwiseConv2d$",
    "depthwise, by input": r":DepthwiseConv2dBackpropInput$",
    "depthwise, by filter": r":DepthwiseConv2dBackpropFilter$",
    "activations": r":Relu6?$",
    "activations, gradient": r":Relu6?Grad$",
    "optimizer": r"/rm_sprop(_\d+)?/",
    "casts": r":Cast$",
    "normalisation folding": FOLDED,
    "other operations": "",
}
"""Of operations, by what "node:Operation" holds; the first that fits."""
WAITING = "waiting"
OPERATION = re.compile(r"[^:]+:\w+$")  # "Iterator::Root" and "ThreadpoolListener::Record" are none
KERNELS = re.compile("_Mkl|Native|Fused")  # in the name of an operation: which kernel it got


@dataclass(frozen=True)
class Operation:
    """One that ran in a thread, from `began_ms` to `ended_ms`."""

    kind: str
    began_ms: float
    ended_ms: float


def traced(train: Callable[[], object]) -> list[list[Operation]]:
    """The operations that ran meanwhile, by thread."""
    with TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        train()
        tf.profiler.experimental.stop()
        (file,) = Path(folder).rglob("*.xplane.pb")
        space = xplane_pb2.XSpace.FromString(file.read_bytes())
    (host,) = (plane for plane in space.planes if plane.name == "/host:CPU")
    names = {number: metadata.name for number, metadata in host.event_metadata.items()}
    # The threads that compute: others fetch batches, or stand for what Python waits for.
    return [operations(line, names) for line in host.lines if line.name.startswith("tf_Compute")]


def operations(line: xplane_pb2.XLine, names: dict[int, str]) -> list[Operation]:
    """Those among the events of a thread; `Run` and `Process` are frames round them, in which a thread also waits."""
    events = ((names[event.metadata_id], event.offset_ps / 1e9, event.duration_ps / 1e9) for event in line.events)
    start_ms = line.timestamp_ns / 1e6
    return [
        Operation(kind_of(name), start_ms + began_ms, start_ms + began_ms + took_ms)
        for name, began_ms, took_ms in events
        if took_ms and OPERATION.match(name)
    ]


def kind_of(name: str) -> str:
    """Of "node:Operation", whichever kernel it got."""
    node, _, operation = name.rpartition(":")
    plain = f"{node}:{KERNELS.sub('', operation)}"
    return next(kind for kind, pattern in KINDS.items() if re.search(pattern, plain))


def shared_out(threads: Sequence[Sequence[Operation]], cores: int) -> dict[str, float]:
    """Core-milliseconds by kind, from the first operation to the last: their sum is the time passed, times `cores`.

    What is at work at one time shares all cores alike. An operation hands its work to threads that a trace does not
    tell apart, so that one alone may keep every core busy: by its own thread's time it would seem half as dear as two
    that run beside each other. Inside another operation, the inner one counts.
    """
    changes = sorted(
        change
        for thread, of_thread in enumerate(threads)
        for one in of_thread
        # Ends come before beginnings, and the longer of two that begin together is the outer one.
        for change in (
            (one.ended_ms, False, 0.0, thread, one.kind),
            (one.began_ms, True, one.began_ms - one.ended_ms, thread, one.kind),
        )
    )
    open_in: list[list[str]] = [[] for _ in threads]
    spent: dict[str, float] = defaultdict(float)
    last_ms = changes[0][0]
    for time_ms, begins, _, thread, kind in changes:
        at_work = [stack[-1] for stack in open_in if stack] or [WAITING]
        for one in at_work:
            spent[one] += cores * (time_ms - last_ms) / len(at_work)
        last_ms = time_ms
        if begins:
            open_in[thread].append(kind)
        else:
            open_in[thread].pop()
    return {kind: spent[kind] for kind in (*KINDS, WAITING)}
