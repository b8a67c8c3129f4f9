"""An export is converted by TensorFlow, whatever the model learned with."""

import os
import sys

import pytest

from crack_exp.export import packages
from crack_exp.export.packages import compute_with_tensorflow
from crack_exp.system.errors import UserError


def test_keras_that_is_not_imported_yet_is_told_to_compute_with_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    compute_with_tensorflow("onnx")
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


def test_keras_that_computes_with_another_backend_already_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", sys)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(UserError, match=r"^format=onnx: .* TensorFlow, and Keras computes with PyTorch here; unset "):
        compute_with_tensorflow("onnx")


def test_without_tensorflow_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "is_installed", lambda backend: False)
    with pytest.raises(UserError, match=r"^format=litert: .* TensorFlow, which is not installed; install it by pip "):
        compute_with_tensorflow("litert")
