"""The formats that a model can be exported to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crack_exp.export.conversion import FLOAT16, INT8, NONE, Conversion, Converted
from crack_exp.export.litert import to_litert
from crack_exp.export.onnx_file import to_onnx
from crack_exp.export.openvino_ir import to_openvino
from crack_exp.export.packages import require
from crack_exp.export.savedmodel import to_savedmodel
from crack_exp.system.errors import UserError

Convert = Callable[[Conversion, Path], Converted]
"""Writes the model into a folder, and opens what it has written."""


@dataclass(frozen=True)
class Format:
    """extras: by the way to quantize, the packages that are needed and the extra of crack-exp that has them."""

    convert: Convert
    extras: Mapping[str, tuple[tuple[str, ...], str]]


ONNX = (("onnx", "tf2onnx", "onnxruntime"), "onnx")
LITERT = (("ai_edge_litert", "ai_edge_quantizer"), "litert")
OPENVINO, NNCF = (("openvino",), "openvino"), (("openvino", "nncf"), "nncf")

FORMATS: Mapping[str, Format] = {
    "savedmodel": Format(to_savedmodel, {NONE: ((), "")}),
    "onnx": Format(to_onnx, {NONE: ONNX, FLOAT16: ONNX, INT8: ONNX}),
    "litert": Format(to_litert, {NONE: LITERT, FLOAT16: LITERT, INT8: LITERT}),
    "openvino": Format(to_openvino, {NONE: OPENVINO, FLOAT16: OPENVINO, INT8: NNCF}),
}


def chosen_format(name: str, quantize: str) -> Format:
    """Raises UserError where the format cannot be quantized in this way, or its packages are not installed."""
    found = FORMATS[name]
    if quantize not in found.extras:
        others = [other for other, one in FORMATS.items() if quantize in one.extras]
        raise UserError(
            f"quantize={quantize} with format={name}: there is no such file; use quantize=none, or one of "
            f"format={', '.join(others)}"
        )
    packages, extra = found.extras[quantize]
    require(packages, extra, f"format={name}" + (f" with quantize={quantize}" if quantize != NONE else ""))
    return found
