"""The configuration of a pretraining: what it is by default, and what is refused in one sentence."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from crack_exp.config import PretrainConfig, conf_dir, to_yaml, typed_pretraining
from crack_exp.config.errors import user_error_sentence
from crack_exp.config.pretrain_schema import check_unused_by_pretraining
from crack_exp.pretrain.record import DEFAULT_MODEL
from crack_exp.run_files.folder import register_resolvers
from tests.test_configs import command


def settings(*overrides: str) -> PretrainConfig:
    register_resolvers()
    with initialize_config_dir(conf_dir(), version_base="1.3"):
        config = typed_pretraining(compose("pretrain", list(overrides)))
    check_unused_by_pretraining(config, overrides)
    return config


def told(*overrides: str) -> str:
    with pytest.raises(Exception) as raised:
        settings(*overrides)
    sentence = user_error_sentence(raised.value)
    assert sentence is not None and "\n" not in sentence, raised.value
    return sentence


def test_by_default_the_small_backbone_is_trained_from_nothing_for_half_an_hour() -> None:
    config = settings()
    assert config.model.backbone == {"_target_": "keras.applications.MobileNetV2", "alpha": 0.35}
    assert (config.model.weights, config.model.image_size_px) == ("none", 128)
    assert (config.budget.minutes, config.budget.images) == (30, None)
    assert config == settings(DEFAULT_MODEL)


def test_the_first_line_of_the_file_is_a_command() -> None:
    first = Path(conf_dir(), "pretrain.yaml").read_text().partition("\n")[0]
    assert first.startswith("# python -m crack_exp.pretrain ")
    assert settings(*first.split()[4:]).model.weights == "imagenet"
    assert command(Path(conf_dir(), "config.yaml"))  # the other main file has its own


def test_another_model_keeps_the_size_and_start_of_a_pretraining() -> None:
    config = settings("model=efficientnet_v2_b0")
    assert (config.model.weights, config.model.image_size_px) == ("none", 128)
    assert config.model.backbone["_target_"] == "keras.applications.EfficientNetV2B0"


def test_written_as_yaml_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    config = settings("budget.minutes=null", "budget.images=5000", "seed=4")
    (tmp_path / "config.yaml").write_text(to_yaml(config))
    assert typed_pretraining(DictConfig(OmegaConf.load(tmp_path / "config.yaml"))) == config


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["budget.minutes=0"], "budget.minutes=0.0: must be from "),
        (["budget.minutes=null", "budget.images=0"], "budget.images=0: must be from 1 to "),
        (["budget.images=1000"], "budget.minutes=30.0 and budget.images=1000: give one of them"),
        (["budget.minutes=null"], "budget.minutes=null and budget.images=null: give one of them"),
        (["budget.minutes=long"], "budget.minutes=long: must be a number or null"),
        (["+budget.hours=1"], "budget.hours: no such setting; budget has images, minutes"),
        (["+nonsense=1"], "nonsense: no such setting; "),
        (["data=folder"], "data: this command has no such group of settings"),
        (["model=mobilenet_v9"], "model=mobilenet_v9: no such choice; model can be "),
        (["model.image_size_px=100"], "model.image_size_px=100: must be a multiple of 32"),
        (["model.head=painted"], "model.head=painted: a pretraining makes a head of its own"),
        (["+model.backbone.pooling=avg"], "model.backbone.pooling: cannot be set; "),
        (["paintings.per_chunk=15"], "paintings.per_chunk=15: with views.per_painting=4 a chunk has 60 images, less "),
        (["paintings.intact_share=1"], "paintings.intact_share=1.0: must be above 0 and below 1"),
        (["paintings.painters=0"], "paintings.painters=0: must be from 1 to "),
        (["views.per_painting=9"], "views.per_painting=9: must be from 1 to 8"),
        (["views.margin=1"], "views.margin=1.0: must be at least 0 and below 1"),
        (["loss.crack=-1"], "loss.crack=-1.0: must be from 0 to "),
        (["views.contrast=1"], "views.contrast=1.0: must be at least 0 and below 1"),
        (["training.warm_up=-0.1"], "training.warm_up=-0.1: must be at least 0 and below 1"),
        (["training.batch_size=1"], "training.batch_size=1: must be from 2 to "),
        (["loss.classes=0"], "loss.classes=0.0: must be from "),
        (["optimizer.learning_rate=-1"], "optimizer.learning_rate=-1: must be from "),
        (
            ["optimizer.learning_rate={_target_: keras.optimizers.schedules.CosineDecay}"],
            "optimizer.learning_rate: must be a number, the peak",
        ),
        (["runtime.distribution=mirrored"], "runtime.distribution=mirrored: a pretraining uses one device"),
        (
            ["runtime.feature_cache.max_gb=5"],
            "runtime.feature_cache.max_gb=5: would change nothing, since a pretraining freezes no layer",
        ),
        (
            ["runtime.feature_engine=keras"],
            "runtime.feature_engine=keras: would change nothing, since a pretraining freezes no layer",
        ),
        (["save_as=imagenet"], "save_as=imagenet: must be one of imagenet+painted"),
        (["save_as=imagenet+painted"], "save_as=imagenet+painted with model.weights=none: its name says"),
        (
            ["model.weights=imagenet", "model.from_scratch.learning_rate_factor=3"],
            "model.from_scratch.learning_rate_factor=3: would change nothing, since training starts from",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_sentence(overrides: list[str], said: str) -> None:
    assert told(*overrides).startswith(said)


def test_with_trained_weights_it_may_be_saved_under_the_name() -> None:
    assert settings("model.weights=imagenet", "save_as=imagenet+painted").save_as == "imagenet+painted"
