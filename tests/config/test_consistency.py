"""Settings that are fine alone and impossible together."""

from pathlib import Path

import pytest

from crack_exp.config.consistency import check_unused, check_unused_by_given_splits
from crack_exp.config.effects import facts_of
from tests.composing import settings, told, told_of


def test_validation_and_test_leave_something_to_train_on() -> None:
    said = told("data.validation=0.5", "data.test=0.5")
    assert said.startswith("data.validation=0.5 and data.test=0.5: nothing is left to train on")
    assert settings("data.validation=0.5", "data.test=0.49").data.test == 0.49


def test_folds_leave_something_to_train_on() -> None:
    assert told("data.fold=1/2", "data.validation=0.5").startswith("data.validation=0.5 and data.fold=1/2: nothing is")
    assert told("data.fold=6/5").startswith("data.fold=6/5: must be k/n")
    # Without folds these two would be too much.
    assert settings("data.fold=2/10", "data.validation=0.85").data.fold == "2/10"


def test_with_folds_a_share_of_test_images_would_change_nothing() -> None:
    with pytest.raises(ValueError, match=r"^data.test=0.2: would change nothing, since data.fold=1/5 says which"):
        check_unused(settings("data.fold=1/5", "data.test=0.2"), ["data.fold=1/5", "data.test=0.2"])


def test_a_stage_needs_epochs() -> None:
    assert told("fine_tune.epochs=0").startswith("fine_tune.epochs=0 with fine_tune.stage=top_layers")


def test_an_experiment_with_fine_tuning_can_do_without() -> None:
    config = settings("experiment=reference", "fine_tune=none", "data.path=x")
    assert config.fine_tune.stage is None
    check_unused(config, ["experiment=reference", "fine_tune=none", "data.path=x"])


def test_a_stage_is_one_that_the_model_has() -> None:
    said = told_of("fine_tune.stage", "midle")
    assert said == "fine_tune.stage=midle: this model has the stages all, top_layers, last_block"


JUDGE_ALONE = ["training.epochs=0", "fine_tune=none", "model.weights=painted", "model.head=painted"]


def test_a_run_may_judge_without_training_where_it_has_a_trained_head() -> None:
    assert settings(*JUDGE_ALONE).training.epochs == 0
    check_unused(settings(*JUDGE_ALONE), JUDGE_ALONE)


def test_a_random_head_does_not_judge() -> None:
    said = told("training.epochs=0", "fine_tune=none")
    assert said.startswith("training.epochs=0 and fine_tune=none with model.head=new: ")
    assert "model.head=painted with model.weights=painted" in said
    assert settings("training.epochs=0").fine_tune.epochs > 0  # which trains the head as well


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["augment=none"], "augment.views=4 with augment=none: all views would be the same"),
        (
            ["runtime.feature_cache.max_gb=0"],
            "augment.views=4 with runtime.feature_cache.max_gb=0.0: views have no room",
        ),
        (["model.weights=none"], "augment.views=4 with model.weights=none: no layer is frozen"),
    ],
)
def test_views_need_changes_room_and_frozen_layers(overrides: list[str], said: str) -> None:
    assert settings("augment=flips", "augment.views=4").augment.views == 4
    assert told("augment=flips", "augment.views=4", *overrides).startswith(said)


@pytest.mark.parametrize("argument", facts_of("model.backbone")["decided_elsewhere"])
def test_the_backbone_takes_no_argument_that_would_be_overruled(argument: str) -> None:
    assert told_of(f"model.backbone.{argument}", "imagenet").startswith(f"model.backbone.{argument}: cannot be set; ")


@pytest.mark.parametrize(
    "overrides",
    [
        ["fine_tune=none", "fine_tune.optimizer.learning_rate=1e-3"],
        ["fine_tune=none", "fine_tune.epochs=3"],
        ["fine_tune=none", "optimizer@fine_tune.optimizer=adam"],
        ["model=mobilenet_v2", "model.from_scratch.batch_norm_momentum=0.5"],
        ["training.epochs=0", "optimizer=rmsprop"],
        ["training.epochs=0", "optimizer.learning_rate=1e-3"],
        [*JUDGE_ALONE, "augment=flips"],
        [*JUDGE_ALONE, "training.dropout=0.5"],
        [*JUDGE_ALONE, "training.early_stopping_patience=3"],
        [*JUDGE_ALONE, "training.class_weights=balanced"],
        [*JUDGE_ALONE, "training.loss=focal"],
        ["training.focal_gamma=1"],
        [*JUDGE_ALONE, "optimizer=rmsprop"],
        [*JUDGE_ALONE, "fine_tune.optimizer.learning_rate=1e-3"],
    ],
)
def test_a_setting_that_would_change_nothing_is_refused(overrides: list[str]) -> None:
    with pytest.raises(ValueError, match="would change nothing") as raised:
        check_unused(settings(*overrides), overrides)
    assert str(raised.value).startswith(overrides[-1])


def test_where_ccic_is_given_nothing_is_fetched(tmp_path: Path) -> None:
    for path, override in (
        (tmp_path, "data.folder=x"),
        (tmp_path, "data.url=http://x"),
        ("x.rar", "data.url=http://x"),
    ):
        overrides = ["data=ccic", f"data.path={path}", override]
        with pytest.raises(ValueError, match=f"^{override}: would change nothing, since data.path={path} is "):
            check_unused(settings(*overrides), overrides)
    overrides = ["data=ccic", "data.path=x.rar", "data.folder=x"]
    check_unused(settings(*overrides), overrides)


def test_settings_that_change_something_are_not() -> None:
    from_scratch = ["model.weights=none", "model.from_scratch.batch_norm_momentum=0.5"]
    overrides = ["optimizer@fine_tune.optimizer=adam", *from_scratch]
    check_unused(settings(*overrides), overrides)
    overrides = ["training.epochs=0", "optimizer@fine_tune.optimizer=adam", "augment=flips", "training.dropout=0.5"]
    check_unused(settings(*overrides), overrides)
    overrides = [*JUDGE_ALONE, "training.batch_size=64", "seed=2", "data.test=0.5", "evaluation.min_recall=0.9"]
    check_unused(settings(*overrides), overrides)


def test_shares_mean_nothing_where_splits_are_given() -> None:
    with pytest.raises(ValueError, match=r"^data.test=0.3: would change nothing, since the images come in given"):
        check_unused_by_given_splits(["seed=2", "data.test=0.3"])


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["runtime.feature_cache.max_gb=0"], "runtime.feature_cache.max_gb=0 keeps no features"),
        (["augment=flips"], "no features are kept of images that change in every epoch"),
    ],
)
def test_an_engine_for_features_needs_some_to_compute(overrides: list[str], reason: str) -> None:
    said = f"^runtime.feature_engine=keras: would change nothing, since {reason}; leave it out$"
    overrides = ["runtime.feature_engine=keras", *overrides]
    with pytest.raises(ValueError, match=said):
        check_unused(settings(*overrides), overrides)


def test_an_engine_may_be_named_for_features_of_images_and_of_views() -> None:
    for overrides in ([], ["augment=flips", "augment.views=2"]):
        overrides = ["runtime.feature_engine=keras", *overrides]
        check_unused(settings(*overrides), overrides)
