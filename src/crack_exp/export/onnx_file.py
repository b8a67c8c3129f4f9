"""ONNX: a file that ONNX Runtime and many others run."""

import warnings
from collections.abc import Iterator, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np

from crack_exp.export.conversion import FLOAT16, INT8, PIXELS, PROBABILITIES, Conversion, Converted, Forward
from crack_exp.model.card import ENTRY, to_json
from crack_exp.system.cores import cores

FILE = "model.onnx"

IN_FLOAT32 = ("Softmax",)
"""Not in float16, beside what the converter never takes: a softmax would lose small probabilities."""

IN_INT8 = (
    *("Conv", "Add", "Mul", "Clip", "Relu", "Sigmoid", "HardSigmoid", "HardSwish"),
    *("Pad", "Transpose", "Concat", "MaxPool", "AveragePool"),
)
"""The head is not among them: probabilities in steps of 1/256 would be too coarse for some thresholds."""


def to_onnx(conversion: Conversion, folder: Path) -> Converted:
    """Write FILE, with the card in its metadata."""
    path = folder / FILE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the converters, about their own code
        conversion.network.export(str(path), format="onnx", verbose=False)
        if conversion.quantize == FLOAT16:
            _to_float16(path)
        elif conversion.quantize == INT8:
            _to_int8(path, conversion.calibration)
    _finish(path, to_json(conversion.card))
    return Converted(path, [path], _forward(path), None)


def _to_float16(path: Path) -> None:
    import onnx
    from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

    wide = [*DEFAULT_OP_BLOCK_LIST, *IN_FLOAT32]
    onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True, op_block_list=wide), path)


def _to_int8(path: Path, calibration: np.ndarray) -> None:
    """Static, with a scale for each channel: scales chosen while computing ruin depthwise convolutions."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Images(CalibrationDataReader):
        def __init__(self) -> None:
            self._left: Iterator[np.ndarray] = iter(calibration)

        def get_next(self) -> dict[str, Any] | None:
            image = next(self._left, None)
            return None if image is None else {PIXELS: image[None]}

    optimised = path.with_name("optimised.onnx")
    quant_pre_process(str(path), str(optimised), skip_symbolic_shape=True)
    quantize_static(
        str(optimised),
        str(path),
        Images(),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(IN_INT8),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        reduce_range=True,  # weights of 7 bits: without VNNI, a CPU's sums of 8 x 8 bits overflow
    )
    optimised.unlink()


def _finish(path: Path, card: str) -> None:
    """Name the output, put the nodes in order, and the card into the metadata."""
    import onnx

    model = onnx.load(path)
    (output,) = model.graph.output
    for node in model.graph.node:
        node.output[:] = [PROBABILITIES if name == output.name else name for name in node.output]
        node.input[:] = [PROBABILITIES if name == output.name else name for name in node.input]
    output.name = PROBABILITIES
    nodes = _in_order(list(model.graph.node))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.helper.set_model_props(model, {ENTRY: card})
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _in_order(nodes: Sequence[Any]) -> list[Any]:
    """Each behind those that it takes its inputs from, as ONNX demands it: the float16 converter appends at the end."""
    maker = {name: position for position, node in enumerate(nodes) for name in node.output}
    needed = {position: [maker[name] for name in node.input if name in maker] for position, node in enumerate(nodes)}
    return [nodes[position] for position in TopologicalSorter(needed).static_order()]


def _forward(path: Path) -> Forward:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda images: np.asarray(session.run([PROBABILITIES], {PIXELS: images})[0])
