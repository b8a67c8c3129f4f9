"""The shape of a pretraining's configuration, and the settings in it that are impossible together."""

from collections.abc import Sequence
from dataclasses import dataclass

from omegaconf import MISSING

from crack_exp.config.consistency import check_backbone, refuse
from crack_exp.config.schema import CommandConfig
from crack_exp.config.validators import (
    FILES,
    MODEL,
    between_zero_and_one,
    from_to,
    from_zero_below_one,
    one_of,
    setting,
)
from crack_exp.system.errors import UserError, shown

LARGEST_STRIDE_PX = 32
ORIENTATIONS = 8


@dataclass
class BudgetConfig:
    minutes: float | None = setting(MODEL, from_to(0.001, 1_000_000))
    images: int | None = setting(MODEL, from_to(1, 100_000_000_000))


@dataclass
class PaintingsConfig:
    intact_share: float = setting(MODEL, between_zero_and_one())
    per_chunk: int = setting(MODEL, from_to(1, 1_000_000))
    validation: int = setting(MODEL, from_to(100, 1_000_000))
    painters: int | None = setting(FILES, from_to(1, 1024))


@dataclass
class ViewsConfig:
    per_painting: int = setting(MODEL, from_to(1, ORIENTATIONS))
    margin: float = setting(MODEL, from_zero_below_one())
    brightness: float = setting(MODEL, from_zero_below_one())
    contrast: float = setting(MODEL, from_zero_below_one())
    channel_gain: float = setting(MODEL, from_zero_below_one())


@dataclass
class LossConfig:
    classes: float = setting(MODEL, from_to(1e-6, 1_000_000))
    crack: float = setting(MODEL, from_to(0, 1_000_000))
    crack_maps: float = setting(MODEL, from_to(0, 1_000_000))
    crack_cell: float = setting(MODEL, from_to(1e-6, 1_000_000))


@dataclass
class CourseConfig:
    batch_size: int = setting(MODEL, from_to(2, 65_536))
    warm_up: float = setting(MODEL, from_zero_below_one())
    average_momentum: float = setting(MODEL, from_zero_below_one())


@dataclass
class PretrainConfig(CommandConfig):
    """One pretraining. Group by group as in conf/pretrain.yaml."""

    save_as: str | None = setting(FILES, one_of("imagenet+painted"))
    budget: BudgetConfig = MISSING
    training: CourseConfig = MISSING
    paintings: PaintingsConfig = MISSING
    views: ViewsConfig = MISSING
    loss: LossConfig = MISSING


def check_pretraining(config: PretrainConfig) -> None:
    """Raise UserError, naming the settings, for the first that cannot hold together."""
    check_backbone(config.model)
    _check_budget(config.budget)
    _check_paintings(config)
    _check_name(config)
    if not isinstance(config.optimizer.get("learning_rate"), int | float):
        raise UserError("optimizer.learning_rate: must be a number, the peak; how it rises and falls is built in")
    if config.model.head != "new":
        raise UserError(f"model.head={config.model.head}: a pretraining makes a head of its own; leave it at new")
    if config.runtime.distribution != "none":
        raise UserError(
            f"runtime.distribution={config.runtime.distribution}: a pretraining uses one device; leave it at none"
        )


def check_unused_by_pretraining(config: PretrainConfig, overrides: Sequence[str]) -> None:
    """Raise UserError for an override that the rest of `config` makes meaningless: nothing set is ignored."""
    refuse(overrides, ("runtime.feature_cache", "runtime.feature_engine"), "a pretraining freezes no layer")
    if config.model.weights != "none":
        refuse(overrides, ("model.from_scratch",), f"training starts from model.weights={config.model.weights}")


def _check_budget(budget: BudgetConfig) -> None:
    if (budget.minutes is None) == (budget.images is None):
        raise UserError(
            f"budget.minutes={shown(budget.minutes)} and budget.images={shown(budget.images)}: give one of them and "
            "set the other to null, e.g. budget.minutes=null budget.images=1000000"
        )


def _check_paintings(config: PretrainConfig) -> None:
    size_px, paintings, views = config.model.image_size_px, config.paintings, config.views
    if size_px % LARGEST_STRIDE_PX:
        raise UserError(f"model.image_size_px={size_px}: must be a multiple of {LARGEST_STRIDE_PX}, the coarsest cell")
    in_chunk = paintings.per_chunk * views.per_painting
    if in_chunk < config.training.batch_size:
        raise UserError(
            f"paintings.per_chunk={paintings.per_chunk}: with views.per_painting={views.per_painting} a chunk has "
            f"{in_chunk} images, less than training.batch_size={config.training.batch_size}"
        )


def _check_name(config: PretrainConfig) -> None:
    if config.save_as is not None and config.model.weights == "none":
        raise UserError(
            f"save_as={config.save_as} with model.weights=none: its name says that training starts from ImageNet's "
            "weights; add model.weights=imagenet, or leave out save_as"
        )
