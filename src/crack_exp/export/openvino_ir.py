"""OpenVINO's format: an .xml file and its weights in a .bin file, for Intel's CPUs, GPUs and NPUs."""

import contextlib
import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from crack_exp.export.conversion import FLOAT16, INT8, PIXELS, PROBABILITIES, Conversion, Converted, Forward
from crack_exp.model.card import ENTRY, to_json
from crack_exp.model.openvino_engine import import_openvino, restored_root_logger

FILE = "model.xml"

IN_FLOAT32 = {"INFERENCE_PRECISION_HINT": "f32"}
"""Else OpenVINO computes in bfloat16 on CPUs that can, with other probabilities."""

NO_REPORTS = "NNCF_CI"
"""The variable that NNCF is told by to report nothing about its use."""


def to_openvino(conversion: Conversion, folder: Path) -> Converted:
    """Write FILE and its .bin, with the card in the file's run-time information."""
    openvino = import_openvino()
    path, unfinished = folder / FILE, folder / "float32.xml"
    with restored_root_logger():
        conversion.network.export(str(unfinished), format="openvino", verbose=False)
    model = openvino.Core().read_model(unfinished)
    if conversion.quantize == INT8:
        model = _in_int8(model, conversion.calibration)
    model.set_rt_info(to_json(conversion.card), [ENTRY])
    openvino.save_model(model, path, compress_to_fp16=conversion.quantize == FLOAT16)
    del model  # it reads the weights from the file
    for file in (unfinished, unfinished.with_suffix(".bin")):
        file.unlink()
    return Converted(path, [path, path.with_suffix(".bin")], _forward(path), None)


def _in_int8(model: Any, calibration: np.ndarray) -> Any:
    """Static, by NNCF. Symmetric ranges that cover all that the images gave: averages over images cut off rare ones."""
    with _quiet_nncf() as nncf:
        from nncf.quantization.range_estimator import RangeEstimatorParametersSet

        return nncf.quantize(
            model,
            nncf.Dataset([{PIXELS: image[None]} for image in calibration]),
            subset_size=len(calibration),
            preset=nncf.QuantizationPreset.PERFORMANCE,
            advanced_parameters=nncf.AdvancedQuantizationParameters(
                # Weights of 7 bits: without VNNI, a CPU's sums of 8 x 8 bits overflow.
                overflow_fix=nncf.OverflowFix.ENABLE,
                activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX,
            ),
        )


@contextlib.contextmanager
def _quiet_nncf() -> Iterator[Any]:
    """NNCF without its usage reports, its progress bars and its remarks."""
    before = os.environ.get(NO_REPORTS)
    os.environ[NO_REPORTS] = "1"
    import_openvino()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            import nncf

            nncf.set_log_level(logging.ERROR)
            yield nncf
    finally:
        if before is None:
            del os.environ[NO_REPORTS]


def _forward(path: Path) -> Forward:
    compiled = import_openvino().compile_model(path, "CPU", IN_FLOAT32)
    return lambda images: np.asarray(compiled(images)[PROBABILITIES])
