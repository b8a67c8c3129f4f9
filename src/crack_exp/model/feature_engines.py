"""Chooses the engine that computes features: Keras, or OpenVINO if it gives the same values in less time."""

import logging
import math
import textwrap
from collections.abc import Callable, Mapping

import keras
import numpy as np

from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.openvino_engine import PRECISIONS, Forward, forward_by_openvino, reason_against
from crack_exp.system.errors import UserError
from crack_exp.system.machine import package_version

ENGINES = KERAS, OPENVINO = ("Keras", "OpenVINO")
SETTING = "runtime.feature_engine"

# Largest relative L2 differences. Features are stored in float16, which rounds by up to 2**-11, so that a smaller
# difference in float32 has no effect. In bfloat16, two correct engines differ: for photos, the features of MobileNetV2
# deviate by 0.10 to 0.17 with each engine, and between them by 0.05 to 0.15; with a wrong kernel by 1 and more.
TOLERANCE = {"float32": 1e-3, "mixed_bfloat16": 0.25}

# OpenVINO's import, the conversion and the comparison take a few seconds; it saves about 0.5 ms per image
# (benchmarks/frozen_part.py).
MIN_IMAGES = 10_000

LONGEST_REASON = 300  # the cause comes after positions in OpenVINO's source code

log = logging.getLogger(__name__)


class Engines:
    """The engines that may compute the features of one network in one run, the preferred one first.

    After the first use of an engine, no other is used: training and test features come from one engine.
    """

    used: str | None = None
    _worth_it = True

    def __init__(self, requested: str, *, precision: str, on_gpu: bool) -> None:
        """requested: auto, keras or openvino; precision: the dtype policy; on_gpu: whether Keras uses a GPU.

        Raises UserError if the requested engine cannot be used.
        """
        reason = _reason_against(precision, on_gpu)
        if requested == "openvino" and reason:
            raise UserError(f"{SETTING}=openvino: {reason}")
        allowed = {"auto": [OPENVINO, KERAS], "keras": [KERAS], "openvino": [OPENVINO]}[requested]
        self.names = [KERAS] if reason else allowed
        self._required, self._precision, self.on_gpu = requested == "openvino", precision, on_gpu
        self._forward: dict[str, Forward] = {}

    def use(self, name: str) -> None:
        """Use this engine from now on, and no other."""
        self.names, self.used = [name], name

    def description(self, name: str) -> str:
        """The engine with its version and device: others compute slightly other values."""
        if name == OPENVINO:
            return f"{name} {package_version('openvino')}"
        backend = keras.backend.backend()
        return f"{name} {keras.__version__}, {backend} {package_version(backend)}, {'GPU' if self.on_gpu else 'CPU'}"

    def expect(self, images: int) -> None:
        """Set the number of images. With auto, OpenVINO computes for MIN_IMAGES and more; its files are always read."""
        self._worth_it = self._required or images >= MIN_IMAGES

    def choose(self, body: keras.Model, some_images: Callable[[], np.ndarray]) -> tuple[str, Forward]:
        """The engine, and its function that computes `body`. OpenVINO must agree with Keras on `some_images`.

        body: a model with outputs {name: tensor}; the same model at each call. Raises UserError if OpenVINO is
        required and gives other values.
        """
        if not self._forward:
            by_keras = with_folded_batch_norm(body).predict_on_batch
            by_openvino = self._try_openvino(body, some_images(), by_keras) if self._may_try() else None
            self._forward = {OPENVINO: by_openvino} if by_openvino else {KERAS: by_keras}
        (choice,) = self._forward.items()
        return choice

    def _may_try(self) -> bool:
        if OPENVINO in self.names and not self._worth_it:
            log.info("for fewer than %s images Keras computes features faster than OpenVINO starts", f"{MIN_IMAGES:,}")
        return OPENVINO in self.names and self._worth_it

    def _try_openvino(self, body: keras.Model, images: np.ndarray, by_keras: Forward) -> Forward | None:
        expected = by_keras(images)
        try:
            forward = forward_by_openvino(body, self._precision)
            difference = largest_difference(forward(images), expected)
        except Exception as error:  # OpenVINO raises Exception itself
            self._refuse(f"it cannot compute this network ({_shortened(error)})", error)
            return None
        if difference <= TOLERANCE[self._precision]:
            log.info(
                "OpenVINO computes features: for %d images they differ by %.1g from those of Keras",
                len(images),
                difference,
            )
            return forward
        most = f"more than {TOLERANCE[self._precision]:g} of their size, in {self._precision}"
        self._refuse(f"its features differ from those of Keras by {difference:.2g}, {most}")
        return None

    def _refuse(self, why: str, cause: Exception | None = None) -> None:
        if self._required:
            raise UserError(f"{SETTING}=openvino: {why}; use {SETTING}=keras") from cause
        log.warning("%s=auto: Keras computes features, not OpenVINO: %s", SETTING, why)


def _reason_against(precision: str, on_gpu: bool) -> str | None:
    """Why a run cannot use OpenVINO, and the remedy; None if it can."""
    if reason := reason_against():
        return f"{reason}, or leave this at auto"
    if on_gpu:
        return f"OpenVINO would compute on the CPU, and Keras has a GPU here; use {SETTING}=keras"
    if precision not in PRECISIONS:
        return f"OpenVINO has no {precision}; use runtime.precision=float32 or {SETTING}=keras"
    return None


def largest_difference(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """The largest relative L2 difference of the outputs."""
    return float(np.max([relative_difference(found[name], expected[name]) for name in expected]))


def relative_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """|found - expected| / |expected|, as one flat vector; NaN if a value is NaN."""
    exact = np.asarray(expected, np.float64)
    size, difference = (float(np.linalg.norm(one)) for one in (exact, np.asarray(found, np.float64) - exact))
    return difference / size if size else math.inf if difference else 0.0


def _shortened(error: Exception) -> str:
    return textwrap.shorten(str(error), LONGEST_REASON, placeholder=" …") or type(error).__name__
