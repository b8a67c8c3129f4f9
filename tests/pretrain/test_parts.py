"""The plan and the network of a pretraining, from its configuration."""

import keras
import pytest

from crack_exp.config import PretrainConfig
from crack_exp.model.classifier import batch_norms
from crack_exp.pretrain.parts import build_network, painting_settings, plan
from crack_exp.system import memory
from tests.config.test_pretrain_schema import settings

TINY = ["model.image_size_px=32", "model.backbone={_target_: keras.applications.MobileNet, alpha: 0.25}"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> PretrainConfig:
    """Settings of a pretraining that starts from a file of weights."""
    path = tmp_path_factory.mktemp("weights") / "start.weights.h5"
    keras.applications.MobileNet(input_shape=(32, 32, 3), alpha=0.25, include_top=False, weights=None).save_weights(
        path
    )
    return settings(*TINY, f"model.weights={path}")


def test_paintings_are_larger_than_the_crops_by_the_margin() -> None:
    assert painting_settings(settings("model.image_size_px=96"))["size_px"] == 120
    assert painting_settings(settings("model.image_size_px=96", "views.margin=0"))["size_px"] == 96
    assert painting_settings(settings("model.image_size_px=96", "views.margin=0.1"))["size_px"] == 104  # in fours


def test_random_weights_need_larger_steps_than_trained_ones(trained: PretrainConfig) -> None:
    assert plan(settings(*TINY)).peak_learning_rate == pytest.approx(2e-3)
    assert plan(trained).peak_learning_rate == pytest.approx(2e-4)


def test_minutes_become_seconds() -> None:
    assert plan(settings("budget.minutes=1.5")).budget.seconds == 90
    assert plan(settings("budget.minutes=null", "budget.images=7")).budget.images == 7


def test_batch_norm_momentum_is_lower_than_kerass_default(trained: PretrainConfig) -> None:
    def momenta(config: PretrainConfig) -> set[float]:
        return {norm.momentum for norm in batch_norms(build_network(config).body)}

    assert momenta(settings(*TINY)) == {0.9}
    assert momenta(trained) == {0.99}


def test_the_kinds_of_crack_share_what_is_not_intact() -> None:
    shares = painting_settings(settings("paintings.intact_share=0.2"))["class_shares"]
    assert shares == pytest.approx([0.2, 0.2, 0.2, 0.2, 0.2])


def test_all_cores_but_one_paint_unless_told() -> None:
    assert painting_settings(settings())["painters"] >= 1
    assert painting_settings(settings("paintings.painters=3"))["painters"] == 3


def test_paintings_larger_than_the_painter_paints_are_refused() -> None:
    with pytest.raises(ValueError, match="^model.image_size_px=2048: .* walls of 2560 pixels .* from 32 to [0-9]+"):
        build_network(settings("model.image_size_px=2048"))


def test_a_chunk_that_does_not_fit_into_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_000_000_000)
    with pytest.raises(ValueError, match=r"^paintings\.per_chunk=1000000: two chunks of paintings need 1\d\d\.\d GB"):
        build_network(settings("paintings.per_chunk=1000000"))
