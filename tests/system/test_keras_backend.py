"""Which backend Keras will use is told before Keras is imported, and one that is missing by one sentence."""

from pathlib import Path

import keras
import pytest

from crack_exp.system import keras_backend
from crack_exp.system.errors import UserError
from crack_exp.system.keras_backend import VARIABLE, check_keras_backend


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


def test_without_settings_it_is_tensorflow_as_in_keras() -> None:
    assert keras_backend.keras_backend() == "tensorflow"


def test_the_variable_comes_before_the_file_of_keras(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    assert keras_backend.keras_backend() == "torch"
    monkeypatch.setenv(VARIABLE, "jax")
    assert keras_backend.keras_backend() == "jax"
    monkeypatch.setenv(VARIABLE, "")
    (tmp_path / "keras.json").write_text("{")
    assert keras_backend.keras_backend() == "tensorflow"


def test_the_backend_of_this_process_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, keras.backend.backend())
    check_keras_backend()


def test_an_unknown_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "theano")
    with pytest.raises(UserError, match=r"^KERAS_BACKEND=theano: no such backend; choose tensorflow, jax, torch$"):
        check_keras_backend()


def test_a_backend_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_backend, "is_installed", lambda backend: False)
    for backend, package in (("jax", r"'crack-exp\[jax\]'"), ("tensorflow", "tensorflow")):
        monkeypatch.setenv(VARIABLE, backend)
        with pytest.raises(
            UserError, match=rf"^KERAS_BACKEND={backend}: \w+ is not installed; .* pip install {package}$"
        ):
            check_keras_backend()


def test_the_remedy_names_a_backend_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_backend, "is_installed", lambda backend: backend == "torch")
    with pytest.raises(UserError, match=r"pip install tensorflow, or set KERAS_BACKEND=torch$"):
        check_keras_backend()
