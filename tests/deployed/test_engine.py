"""The engine of a deployed model: the fastest that says what Keras says, or one sentence."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.deployed import engine as engines
from crack_exp.deployed.engine import choose_engine, keras_forward
from crack_exp.deployed.locate import PAINTED
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.painted import painted_model
from crack_exp.model import openvino_engine
from crack_exp.model.card_file import load_with_card
from crack_exp.model.openvino_engine import is_installed
from crack_exp.system.errors import UserError
from tests.deployed_models import brightness_network

SAMPLE = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)


def decide(probabilities: np.ndarray) -> np.ndarray:
    return 1 - probabilities[:, 0] >= 0.5


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return brightness_network()


def without_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_engine, "is_installed", lambda: False)


def with_openvino(monkeypatch: pytest.MonkeyPatch, forward: Callable[[np.ndarray, str], np.ndarray]) -> None:
    """As if OpenVINO were installed, and computed `forward(images, precision)`."""
    monkeypatch.setattr(openvino_engine, "is_installed", lambda: True)
    monkeypatch.setattr(engines, "_by_openvino", lambda network, precision: lambda images: forward(images, precision))


@pytest.mark.parametrize("count", [1, 2, 8, 9, 64, 65, 150])
def test_any_number_of_images_is_computed_as_if_at_once(count: int, network: keras.Model) -> None:
    images = np.random.default_rng(count).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    expected = np.asarray(network(images))
    np.testing.assert_allclose(keras_forward(network)(images), expected, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_keras_is_taken_where_openvino_is_missing(
    precision: str, network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_openvino(monkeypatch)
    chosen = choose_engine(network, engine="auto", precision=precision, sample=SAMPLE, decide=decide)
    assert (chosen.name, chosen.precision) == ("keras", "float32")


@pytest.mark.parametrize(
    ("engine", "precision", "said"),
    [
        ("openvino", "float32", "engine=openvino with precision=float32: OpenVINO is not installed; install it by"),
        ("openvino", "auto", "engine=openvino with precision=auto: OpenVINO is not installed; install it by"),
        ("auto", "mixed_bfloat16", "engine=auto with precision=mixed_bfloat16: OpenVINO is not installed; install"),
        ("keras", "mixed_bfloat16", "precision=mixed_bfloat16 with engine=keras: Keras computes in float32 here"),
    ],
)
def test_what_cannot_be_computed_is_one_sentence(
    engine: str, precision: str, said: str, network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_openvino(monkeypatch)
    with pytest.raises(UserError) as raised:
        choose_engine(network, engine=engine, precision=precision, sample=SAMPLE, decide=decide)
    assert str(raised.value).startswith(said)


def test_an_engine_that_says_something_else_is_left_out_or_told(
    network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_openvino(monkeypatch, lambda images, _: np.asarray(network(images))[:, ::-1])
    for precision in ("float32", "auto"):
        assert choose_engine(network, engine="auto", precision=precision, sample=SAMPLE, decide=decide).name == "keras"
    for engine, precision in (("openvino", "float32"), ("openvino", "auto"), ("auto", "mixed_bfloat16")):
        with pytest.raises(
            UserError, match="^precision=.* with OpenVINO: its probabilities differ by up to .* so do dec"
        ):
            choose_engine(network, engine=engine, precision=precision, sample=SAMPLE, decide=decide)


@pytest.mark.parametrize(("is_at_the_edge", "name"), [(True, "keras"), (False, "openvino")])
def test_an_engine_that_changes_a_decision_is_not_taken(
    is_at_the_edge: bool, name: str, network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probabilities differ by no more than is allowed."""
    with_openvino(monkeypatch, lambda images, _: np.asarray(network(images)) + np.float32(5e-5))
    threshold = float(np.asarray(network(SAMPLE))[10, 0]) + 2.5e-5 if is_at_the_edge else 0.0

    def decided(probabilities: np.ndarray) -> np.ndarray:
        return probabilities[:, 0] >= threshold

    chosen = choose_engine(network, engine="auto", precision="float32", sample=SAMPLE, decide=decided)
    assert chosen.name == name


@pytest.mark.parametrize(("speedup", "precision"), [(2.0, "mixed_bfloat16"), (1.1, "float32")])
def test_a_lower_precision_has_to_be_worth_it(
    speedup: float, precision: str, network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_openvino(monkeypatch, lambda images, _: np.asarray(network(images)))
    seconds = {"float32": speedup, "mixed_bfloat16": 1.0}
    monkeypatch.setattr(engines, "_seconds", lambda engine, sample: seconds[engine.precision])
    chosen = choose_engine(network, engine="auto", precision="auto", sample=SAMPLE, decide=decide)
    assert (chosen.name, chosen.precision) == ("openvino", precision)


def test_an_engine_that_fails_is_told_or_left_out(network: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(images: np.ndarray, precision: str) -> np.ndarray:
        raise RuntimeError("no such operation")

    with_openvino(monkeypatch, fails)
    assert choose_engine(network, engine="auto", precision="auto", sample=SAMPLE, decide=decide).name == "keras"
    with pytest.raises(UserError, match=r"it cannot compute this network \(no such operation\)"):
        choose_engine(network, engine="openvino", precision="float32", sample=SAMPLE, decide=decide)


@pytest.mark.skipif(not is_installed(), reason="OpenVINO is not installed")
def test_openvino_says_what_keras_says(deployed_file: Path) -> None:
    by_keras, by_openvino = (
        DeployedModel(*load_with_card(deployed_file), engine=engine, precision="float32").probabilities(SAMPLE)
        for engine in ("keras", "openvino")
    )
    np.testing.assert_allclose(by_openvino, by_keras, atol=1e-5)


def test_pixels_of_another_kind_have_their_reason_and_no_verdict(deployed_file: Path) -> None:
    model = DeployedModel(*load_with_card(deployed_file), engine="keras", precision="float32")
    white = np.full((50, 40, 3), 255, np.uint8)
    verdicts = list(model.predict([white, white / 255, white[..., 0], white[:0], white[..., :2]]))
    assert verdicts[0].is_crack and verdicts[0].size_px == (40, 50)
    for verdict in verdicts[1:]:
        assert (verdict.label, verdict.crack_score, verdict.is_crack) == (None, None, None)
        assert "expected RGB pixels, uint8 (height, width, 3)" in verdict.problem
    assert list(model.predict([])) == []


@pytest.mark.parametrize("name", PAINTED)
def test_a_model_of_the_package_has_the_card_of_its_weights(name: str) -> None:
    network, card = painted_model(name)
    assert card.intact == ["intact"]
    assert network.probabilities.output_shape == (None, len(card.class_names))
    assert network.probabilities.input_shape[1:3] == (card.image_size_px, card.image_size_px)
    assert bool(network.lines) is (name == "painted_wide")
    assert card.run_id == "" and 0 < card.threshold < 1 and card.figures["auroc"].low is not None


def test_probabilities_that_are_no_numbers_are_an_error_and_no_intact_wall(deployed_file: Path) -> None:
    model = DeployedModel(*load_with_card(deployed_file), engine="keras", precision="float32")
    nan = engines.Engine("keras", "float32", lambda images: np.full((len(images), 3), np.nan, np.float32), (1,))
    model._engine = nan
    with pytest.raises(ValueError, match="gives probabilities that are no finite numbers; use engine=keras"):
        model.scores(SAMPLE)
