"""The choice between OpenVINO and Keras, tested with a stand-in for OpenVINO, which may not be installed."""

import logging
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_exp.model import openvino_engine
from crack_exp.model.feature_cache import FeatureCache
from crack_exp.model.feature_engines import KERAS, OPENVINO, Engines, largest_difference, relative_difference
from crack_exp.model.features import BATCH_SIZE
from tests.model.test_features import CONTENTS, Images, ask, network

Forward = Callable[[np.ndarray], Mapping[str, np.ndarray]]
StandIn = Callable[[float], list[int]]


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features", 1e6)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvino_engine, "is_installed", lambda: True)


@pytest.fixture
def off_by(installed: None, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """`off_by(share)`: replaces OpenVINO by Keras with outputs larger by this share; returns its batch sizes."""

    def stand_in(share: float) -> list[int]:
        sizes: list[int] = []

        def forward_by_openvino(body: keras.Model, precision: str) -> Forward:
            def forward(images: np.ndarray) -> Mapping[str, np.ndarray]:
                sizes.append(len(images))
                return {name: output * (1 + share) for name, output in body.predict_on_batch(images).items()}

            return forward

        monkeypatch.setattr("crack_exp.model.feature_engines.forward_by_openvino", forward_by_openvino)
        return sizes

    return stand_in


def of(requested: str = "auto", precision: str = "float32", on_gpu: bool = False) -> Engines:
    return Engines(requested, precision=precision, on_gpu=on_gpu)


def test_auto_uses_openvino_if_it_agrees(
    cache: FeatureCache, off_by: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    sizes, chosen = off_by(1e-4), of()
    with caplog.at_level(logging.INFO):
        found = ask(cache, Images(CONTENTS), engines=chosen)
    assert chosen.used == OPENVINO
    assert sizes == [7, BATCH_SIZE]  # some to compare, then all images, in batches that are filled up
    assert "for 7 images they differ by 0.0001 from those of Keras" in caplog.text
    assert "by OpenVINO" in caplog.messages[-1] and "computed in" in caplog.messages[-1]
    exact = ask(cache, Images(CONTENTS), engines=of("keras"))
    everyone = np.arange(len(CONTENTS))
    for layer in ("conv", "pooling"):
        np.testing.assert_allclose(found[layer][everyone], exact[layer][everyone] * (1 + 1e-4), rtol=1e-6)


def test_auto_uses_keras_if_openvino_differs_and_logs_the_difference(
    cache: FeatureCache, off_by: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    sizes, chosen = off_by(0.01), of()
    with caplog.at_level(logging.INFO):
        ask(cache, Images(CONTENTS), engines=chosen)
    assert chosen.used == KERAS and sizes == [7]
    assert "differ from those of Keras by 0.01, more than 0.001 of their size, in float32" in caplog.text
    assert caplog.messages[-1].endswith("by Keras")


def test_a_difference_in_one_layer_is_enough(installed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def half_wrong(body: keras.Model, precision: str) -> Forward:
        return lambda images: body.predict_on_batch(images) | {"pooling": np.full((7, 4), np.nan)}

    monkeypatch.setattr("crack_exp.model.feature_engines.forward_by_openvino", half_wrong)
    model = network()
    body = keras.Model(model.input, {name: model.get_layer(name).output for name in ("conv", "pooling")})
    name, _ = of().choose(body, lambda: Images(CONTENTS)[np.arange(7)])
    assert name == KERAS


def test_bfloat16_may_differ_by_rounding(cache: FeatureCache, off_by: StandIn) -> None:
    for share, taken in ((0.2, OPENVINO), (0.3, KERAS)):
        off_by(share)
        chosen = of(precision="mixed_bfloat16")
        ask(cache, Images([f"{round(share * 10)}{one}" for one in CONTENTS]), engines=chosen)
        assert chosen.used == taken


def test_a_difference_of_the_required_openvino_is_an_error(cache: FeatureCache, off_by: StandIn) -> None:
    off_by(0.01)
    message = r"^runtime.feature_engine=openvino: its features differ .* by 0.01, .*; use runtime.feature_engine=keras$"
    with pytest.raises(ValueError, match=message):
        ask(cache, Images(CONTENTS), engines=of("openvino"))
    assert not cache.files()


def test_keras_computes_a_network_that_openvino_cannot(
    cache: FeatureCache, installed: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(body: keras.Model, precision: str) -> Forward:
        raise Exception("Check failed at ops.cpp:151:\n\nNo conversion rule found for Svd")

    monkeypatch.setattr("crack_exp.model.feature_engines.forward_by_openvino", fails)
    chosen = of()
    ask(cache, Images(CONTENTS), engines=chosen)
    assert chosen.used == KERAS
    assert (
        "it cannot compute this network (Check failed at ops.cpp:151: No conversion rule found for Svd)" in caplog.text
    )
    with pytest.raises(ValueError, match="^runtime.feature_engine=openvino: it cannot compute") as raised:
        ask(cache, Images(["77", *CONTENTS]), engines=of("openvino"))
    assert "\n" not in str(raised.value)


def test_with_keras_requested_openvino_is_not_tried(cache: FeatureCache, off_by: StandIn) -> None:
    sizes = off_by(0.0)
    for number, chosen in enumerate((of("keras"), of(on_gpu=True), of(precision="mixed_float16"))):
        ask(cache, Images([f"{number}{one}" for one in CONTENTS]), engines=chosen)
        assert chosen.used == KERAS
    assert sizes == []


def test_auto_reads_files_of_both_engines_and_prefers_openvino(
    cache: FeatureCache, off_by: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    off_by(1e-4)
    ask(cache, Images(CONTENTS), engines=of("keras"))
    images, chosen = Images(CONTENTS), of()
    with caplog.at_level(logging.INFO):
        ask(cache, images, engines=chosen)
    assert (images.accesses, chosen.used) == (0, KERAS)
    assert caplog.messages[-1].endswith(f"read from '{cache.folder}', by Keras")
    ask(cache, images, engines=of("openvino"))
    assert images.accesses == 1
    chosen = of()
    ask(cache, images, engines=chosen)
    assert (images.accesses, chosen.used) == (1, OPENVINO)


def test_files_of_different_engines_are_not_mixed(cache: FeatureCache, off_by: StandIn) -> None:
    off_by(1e-4)
    ask(cache, Images(CONTENTS), engines=of("keras"))
    ask(cache, Images(CONTENTS), engines=of("openvino"), layers=["conv"])
    chosen = of()
    ask(cache, Images(CONTENTS), engines=chosen)
    assert chosen.used == KERAS


def test_a_run_keeps_its_first_engine(cache: FeatureCache, off_by: StandIn) -> None:
    sizes, chosen = off_by(1e-4), of()
    ask(cache, Images(CONTENTS), engines=of("keras"))
    ask(cache, Images(CONTENTS), engines=chosen)
    ask(cache, Images(["77", *CONTENTS]), engines=chosen)
    assert chosen.used == KERAS and sizes == []


def test_auto_starts_openvino_for_many_images_only(
    cache: FeatureCache, off_by: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    sizes, taken = off_by(1e-4), []
    with caplog.at_level(logging.INFO):
        for number, (requested, images) in enumerate([("auto", 9_999), ("auto", 10_000), ("openvino", 7)]):
            chosen = of(requested)
            chosen.expect(images)
            ask(cache, Images([f"{number}{one}" for one in CONTENTS]), engines=chosen)
            taken.append(chosen.used)
    assert taken == [KERAS, OPENVINO, OPENVINO] and sizes == [7, BATCH_SIZE] * 2
    assert caplog.text.count("for fewer than 10,000 images Keras computes features faster") == 1


def test_files_of_openvino_are_read_for_few_images_too(cache: FeatureCache, off_by: StandIn) -> None:
    off_by(1e-4)
    ask(cache, Images(CONTENTS), engines=of("openvino"))
    images, chosen = Images(CONTENTS), of()
    chosen.expect(len(images))
    ask(cache, images, engines=chosen)
    assert (images.accesses, chosen.used) == (0, OPENVINO)


def test_engines_are_compared_once_per_run(cache: FeatureCache, off_by: StandIn) -> None:
    sizes, chosen = off_by(1e-4), of()
    for contents in (CONTENTS, ["77", *CONTENTS]):
        ask(cache, Images(contents), engines=chosen)
    assert sizes == [7, BATCH_SIZE, BATCH_SIZE]


@pytest.mark.parametrize(
    ("there", "settings", "message"),
    [
        (
            False,
            {},
            "OpenVINO is not installed; install it by pip install 'crack-exp[openvino]', or leave this at auto",
        ),
        (True, {"on_gpu": True}, "OpenVINO would compute on the CPU, and Keras has a GPU here; use"),
        (True, {"precision": "mixed_float16"}, "OpenVINO has no mixed_float16; use runtime.precision=float32 or"),
    ],
)
def test_openvino_is_refused_at_once_if_it_cannot_be_used(
    there: bool, settings: dict[str, bool | str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_engine, "is_installed", lambda: there)
    arguments = {"precision": "float32", "on_gpu": False} | settings
    with pytest.raises(ValueError) as raised:
        Engines("openvino", **arguments)  # type: ignore[arg-type]
    assert str(raised.value).startswith(f"runtime.feature_engine=openvino: {message}")
    assert Engines("auto", **arguments).names == [KERAS]  # type: ignore[arg-type]


def test_differences_are_relative_to_the_expected_values() -> None:
    exact = np.array([[3.0, 4.0]])
    assert relative_difference(np.array([[3.0, 4.5]]), exact) == 0.1
    assert relative_difference(exact * 0, exact * 0) == 0
    assert relative_difference(exact, exact * 0) == math.inf
    assert np.isnan(relative_difference(exact * np.nan, exact))
    assert largest_difference({"a": exact, "b": exact * 1.5}, {"a": exact, "b": exact}) == 0.5
    assert np.isnan(largest_difference({"a": exact, "b": exact * np.nan}, {"a": exact, "b": exact}))
