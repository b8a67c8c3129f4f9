"""Settings that are valid alone and contradict each other together."""

from collections.abc import Sequence
from pathlib import Path

from crack_exp.config.effects import facts_of, keys_with
from crack_exp.config.schema import CcicConfig, Config, EvaluationConfig, ModelConfig
from crack_exp.data.folds import Fold
from crack_exp.evaluation.aim import ASSURED, COSTS, STRONGEST
from crack_exp.system.errors import UserError


def check_consistency(config: Config) -> None:
    """Raise UserError, naming both settings, for the first pair that cannot hold together."""
    _check_split(config)
    check_backbone(config.model)
    _check_fine_tuning(config)
    _check_head(config)
    _check_views(config)
    _check_costs(config.evaluation)


def check_unused(config: Config, overrides: Sequence[str]) -> None:
    """Raise UserError for an override that the rest of `config` makes meaningless: nothing set is ignored."""
    if isinstance(config.data, CcicConfig) and config.data.path:
        refuse(overrides, ("data.url",), f"data.path={config.data.path} is given")
        if Path(config.data.path).expanduser().is_dir():
            refuse(overrides, ("data.sha256", "data.folder"), f"data.path={config.data.path} is unpacked already")
    if config.data.fold is not None:
        refuse(overrides, ("data.test",), f"data.fold={config.data.fold} says which images are test images")
    if config.fine_tune.stage is None:
        of_fine_tuning = ("fine_tune.epochs", "fine_tune.optimizer", "optimizer@fine_tune.optimizer")
        refuse(overrides, of_fine_tuning, "there is no fine-tuning to do (fine_tune=none)")
    if not config.training.epochs:
        refuse(overrides, ("optimizer=", "optimizer."), "the head is not trained on its own (training.epochs=0)")
    if config.training.loss != "focal":
        refuse(overrides, ("training.focal_gamma",), f"training.loss={config.training.loss} has none")
    _check_unused_aim(config.evaluation, overrides)
    if config.sweep.name is None:
        refuse(overrides, ("sweep.rerun",), "a run outside a sweep is always trained")
    if not config.runtime.feature_cache.max_gb:
        refuse(overrides, ("runtime.feature_engine",), "runtime.feature_cache.max_gb=0 keeps no features")
    if config.augment.layers and config.augment.views is None:
        refuse(overrides, ("runtime.feature_engine",), "no features are kept of images that change in every epoch")
    if not trains(config):
        refuse(overrides, keys_with("needs_training"), "nothing is trained (training.epochs=0 and fine_tune=none)")
    if config.model.weights != "none":
        refuse(overrides, ("model.from_scratch",), f"training starts from model.weights={config.model.weights}")


def _check_unused_aim(evaluation: EvaluationConfig, overrides: Sequence[str]) -> None:
    rule = evaluation.operating_point
    if rule not in (STRONGEST, ASSURED):
        refuse(overrides, ("evaluation.assurance",), f"evaluation.operating_point={rule} gives none")
    if rule == COSTS:
        refuse(overrides, ("evaluation.min_recall",), f"evaluation.operating_point={rule} goes by costs alone")
    else:
        refuse(overrides, ("evaluation.cost_ratio",), f"evaluation.operating_point={rule} knows no costs")


def trains(config: Config) -> bool:
    """Whether there is any training to do, or evaluation alone."""
    return bool(config.training.epochs or config.fine_tune.stage)


def check_unused_by_given_splits(overrides: Sequence[str]) -> None:
    """Raise UserError for an override on how to split images that come with all three splits."""
    refuse(overrides, ("data.validation", "data.test", "data.split_seed"), "the images come in given splits")


def refuse(overrides: Sequence[str], prefixes: tuple[str, ...], reason: str) -> None:
    """Raise UserError for the first override that begins with one of `prefixes`."""
    for override in overrides:
        if override.lstrip("+").startswith(prefixes):
            raise UserError(f"{override}: would change nothing, since {reason}; leave it out")


def _check_split(config: Config) -> None:
    data = config.data
    if data.fold is not None:
        fold = Fold.parse(data.fold)
        if data.validation + 1 / fold.of >= 1:
            raise UserError(
                f"data.validation={data.validation} and data.fold={fold}: nothing is left to train on; take a smaller "
                "data.validation, or more folds"
            )
    elif data.validation + data.test >= 1:
        raise UserError(
            f"data.validation={data.validation} and data.test={data.test}: nothing is left to train on; "
            "their sum must stay below 1"
        )


def check_backbone(model: ModelConfig) -> None:
    """Raise UserError for an argument of the backbone that another setting decides."""
    decided = facts_of("model.backbone")["decided_elsewhere"]
    for name in model.backbone:
        if name in decided:
            raise UserError(f"model.backbone.{name}: cannot be set; {decided[name]}")


def _check_fine_tuning(config: Config) -> None:
    stage, epochs = config.fine_tune.stage, config.fine_tune.epochs
    if stage is not None and stage not in config.model.stages:
        raise UserError(f"fine_tune.stage={stage}: this model has the stages {', '.join(config.model.stages)}")
    if stage is not None and not epochs:
        raise UserError(f"fine_tune.epochs=0 with fine_tune.stage={stage}: to train the head alone, say fine_tune=none")


def _check_views(config: Config) -> None:
    """Views of an image are cached as features: the outputs of the frozen layers."""
    if (views := config.augment.views) is None:
        return
    if not config.augment.layers:
        raise UserError(
            f"augment.views={views} with augment=none: all views would be the same; choose e.g. augment=flips"
        )
    if not (room := config.runtime.feature_cache.max_gb):
        raise UserError(
            f"augment.views={views} with runtime.feature_cache.max_gb={room}: views have no room in the cache; "
            "allow some GB, or leave augment.views out"
        )
    if config.model.weights == "none":
        raise UserError(
            f"augment.views={views} with model.weights=none: no layer is frozen, whose outputs could be kept; "
            "leave augment.views out"
        )


def _check_costs(evaluation: EvaluationConfig) -> None:
    if evaluation.operating_point == COSTS and evaluation.cost_ratio is None:
        raise UserError(
            "evaluation.operating_point=costs with evaluation.cost_ratio=null: say how many false alarms a missed "
            "crack costs as much as, e.g. evaluation.cost_ratio=50"
        )


def _check_head(config: Config) -> None:
    if not trains(config) and config.model.head == "new":
        raise UserError(
            "training.epochs=0 and fine_tune=none with model.head=new: the head would stay random; train it, "
            "e.g. training.epochs=20, or use model.head=painted with model.weights=painted"
        )
