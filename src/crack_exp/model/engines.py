"""Which library computes what the frozen part makes of images: Keras, or OpenVINO where it gives the same sooner."""

import logging
import math
import textwrap
from collections.abc import Callable, Mapping

import keras
import numpy as np

from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.openvino_engine import PRECISIONS, Forward, forward_by_openvino, is_installed
from crack_exp.system.errors import UserError

ENGINES = KERAS, OPENVINO = ("Keras", "OpenVINO")
SETTING = "runtime.feature_engine"

# Relative L2 differences. Features are kept in float16, which rounds each by up to 2**-11, so that in float32 more
# would be seen in nothing. In bfloat16 two good engines differ: features of photos by MobileNetV2 are off by 0.10 to
# 0.17 of their size with either, and from one another by 0.05 to 0.15; a wrong kernel is off by 1 and more.
TOLERANCE = {"float32": 1e-3, "mixed_bfloat16": 0.25}

# Its import, the conversion and a comparison take a few seconds; it saves about half a millisecond an image
# (benchmarks/frozen_part.py).
WORTH_IMAGES = 10_000

LONGEST_REASON = 300  # what is wrong stands behind places in OpenVINO's source

log = logging.getLogger(__name__)


class Engines:
    """Those that may compute the features of one network in one run, the preferred one first.

    The first that was taken remains the only one: no run learns from one engine's features and is judged on another's.
    """

    taken: str | None = None
    _worth_it = True

    def __init__(self, requested: str, *, precision: str, on_gpu: bool) -> None:
        """requested: auto, keras or openvino; precision: the dtype policy; on_gpu: whether Keras computes there.

        Raises UserError where what is requested cannot be had.
        """
        unfit = _unfit(precision, on_gpu)
        if requested == "openvino" and unfit:
            raise UserError(f"{SETTING}=openvino: {unfit}")
        allowed = {"auto": [OPENVINO, KERAS], "keras": [KERAS], "openvino": [OPENVINO]}[requested]
        self.names = [KERAS] if unfit else allowed
        self._required, self._precision = requested == "openvino", precision
        self._made: dict[str, Forward] = {}

    def take(self, name: str) -> None:
        self.names, self.taken = [name], name

    def expect(self, images: int) -> None:
        """auto starts OpenVINO for no fewer images than make up for that; files of it are read all the same."""
        self._worth_it = self._required or images >= WORTH_IMAGES

    def choose(self, body: keras.Model, some_images: Callable[[], np.ndarray]) -> tuple[str, Forward]:
        """The first that gives for `some_images` what Keras gives, and how it computes `body`.

        body: gives {name: output}; the same at each call. Raises UserError where OpenVINO is required and gives
        something else.
        """
        if not self._made:
            by_keras = with_folded_batch_norm(body).predict_on_batch
            by_openvino = self._try_openvino(body, some_images(), by_keras) if self._may_try() else None
            self._made = {OPENVINO: by_openvino} if by_openvino else {KERAS: by_keras}
        (choice,) = self._made.items()
        return choice

    def _may_try(self) -> bool:
        if OPENVINO in self.names and not self._worth_it:
            log.info(
                "for fewer than %s images Keras computes features sooner than OpenVINO starts", f"{WORTH_IMAGES:,}"
            )
        return OPENVINO in self.names and self._worth_it

    def _try_openvino(self, body: keras.Model, images: np.ndarray, by_keras: Forward) -> Forward | None:
        expected = by_keras(images)
        try:
            forward = forward_by_openvino(body, self._precision)
            difference = largest_difference(forward(images), expected)
        except Exception as error:  # OpenVINO raises bare ones
            self._refuse(f"it cannot compute this network ({_shortened(error)})", error)
            return None
        if difference <= TOLERANCE[self._precision]:
            log.info(
                "OpenVINO computes features: those of %d images differ by %.1g from those of Keras",
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


def _unfit(precision: str, on_gpu: bool) -> str | None:
    """Why OpenVINO is not for a run, and what to do about it; None where it is."""
    if not is_installed():
        return "OpenVINO is not installed; install it by pip install 'crack-exp[openvino]', or leave this at auto"
    if on_gpu:
        return f"OpenVINO would compute on the CPU, and TensorFlow has a GPU here; use {SETTING}=keras"
    if precision not in PRECISIONS:
        return f"OpenVINO has no {precision}; use runtime.precision=float32 or {SETTING}=keras"
    return None


def largest_difference(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """Of the outputs' relative L2 differences."""
    return float(np.max([relative_difference(found[name], expected[name]) for name in expected]))


def relative_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """|found - expected| / |expected|, of values taken as one long vector; not a number where one of them is none."""
    exact = np.asarray(expected, np.float64)
    size, difference = (float(np.linalg.norm(one)) for one in (exact, np.asarray(found, np.float64) - exact))
    return difference / size if size else math.inf if difference else 0.0


def _shortened(error: Exception) -> str:
    return textwrap.shorten(str(error), LONGEST_REASON, placeholder=" …") or type(error).__name__
