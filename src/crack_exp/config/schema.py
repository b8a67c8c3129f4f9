"""The shape of a run's configuration. Types and ranges only: every value lives in conf/."""

from dataclasses import dataclass
from typing import Any

from omegaconf import MISSING

from crack_exp.config.validators import (
    above,
    above_zero_to_one,
    at_least,
    between_zero_and_one,
    from_zero_below_one,
    not_empty,
    one_of,
    ranged,
    seed_of_32_bits,
    sha256_digest,
    web_address,
)


@dataclass
class DataConfig:
    """What every data set has; the classes below add what one source asks for, by its function's argument names."""

    source: str = MISSING
    intact: list[str] | None = MISSING
    on_bad_image: str = ranged(one_of("error", "skip"))
    validation: float = ranged(between_zero_and_one())
    test: float = ranged(between_zero_and_one())
    split_seed: int = ranged(seed_of_32_bits())
    fold: str | None = MISSING
    cache_gb: float = ranged(at_least(0))

    @property
    def location(self) -> str:
        """The file or folder that the examples come from."""
        raise NotImplementedError(self.source)


@dataclass
class SyntheticConfig(DataConfig):
    folder: str = ranged(not_empty())
    images: int = ranged(at_least(5))
    size_px: int = ranged(at_least(32))
    paint_seed: int = ranged(seed_of_32_bits())

    @property
    def location(self) -> str:
        return self.folder


@dataclass
class FolderConfig(DataConfig):
    path: str = ranged(not_empty())
    group_pattern: str | None = MISSING

    @property
    def location(self) -> str:
        return self.path


@dataclass
class TableConfig(DataConfig):
    path: str = ranged(not_empty())
    image_root: str | None = MISSING
    path_column: str = ranged(not_empty())
    label_column: str = ranged(not_empty())
    group_column: str | None = MISSING
    split_column: str | None = MISSING
    group_pattern: str | None = MISSING

    @property
    def location(self) -> str:
        return self.path


@dataclass
class CcicConfig(DataConfig):
    path: str | None = ranged(not_empty())
    folder: str = ranged(not_empty())
    url: str = ranged(web_address())
    sha256: str = ranged(sha256_digest())

    @property
    def location(self) -> str:
        return self.path or self.folder


@dataclass
class Sdnet2018Config(DataConfig):
    path: str = ranged(not_empty())

    @property
    def location(self) -> str:
        return self.path


DATA_SCHEMAS: dict[str, type[DataConfig]] = {
    "synthetic": SyntheticConfig,
    "folder": FolderConfig,
    "table": TableConfig,
    "ccic": CcicConfig,
    "sdnet2018": Sdnet2018Config,
}


@dataclass
class FromScratchConfig:
    batch_norm_momentum: float = ranged(from_zero_below_one())
    learning_rate_factor: float = ranged(above(0))


@dataclass
class ModelConfig:
    backbone: dict[str, Any] = MISSING
    rescaling: dict[str, Any] = MISSING
    weights: str = ranged(not_empty())
    head: str = ranged(one_of("new", "painted"))
    image_size_px: int = ranged(at_least(32))
    stages: dict[str, str] = MISSING
    from_scratch: FromScratchConfig = MISSING


@dataclass
class AugmentConfig:
    layers: list[Any] = MISSING
    views: int | None = ranged(at_least(1))


@dataclass
class FineTuneConfig:
    stage: str | None = MISSING
    epochs: int = ranged(at_least(0))
    optimizer: dict[str, Any] = MISSING


@dataclass
class TrainingConfig:
    batch_size: int = ranged(at_least(1))
    epochs: int = ranged(at_least(0))
    dropout: float = ranged(from_zero_below_one())
    early_stopping_patience: int | None = ranged(at_least(1))
    class_weights: str = ranged(one_of("none", "balanced"))
    loss: str = ranged(one_of("cross_entropy", "focal"))
    focal_gamma: float = ranged(at_least(0))


@dataclass
class FeatureCacheConfig:
    max_gb: float = ranged(at_least(0))
    dtype: str = ranged(one_of("float16", "float32"))


@dataclass
class RuntimeConfig:
    precision: str = ranged(one_of("auto", "float32", "mixed_float16", "mixed_bfloat16"))
    distribution: str = ranged(one_of("auto", "none", "mirrored"))
    feature_engine: str = ranged(one_of("auto", "keras", "openvino"))
    feature_cache: FeatureCacheConfig = MISSING


@dataclass
class EvaluationConfig:
    confidence: float = ranged(between_zero_and_one())
    bootstrap_resamples: int = ranged(at_least(1))
    min_recall: float = ranged(above_zero_to_one())


@dataclass
class SweepConfig:
    name: str | None = ranged(not_empty())
    rerun: bool = MISSING


@dataclass
class TrackingConfig:
    experiment: str = ranged(not_empty())
    uri: str | None = MISSING
    folder: str = ranged(not_empty())


@dataclass
class CommandConfig:
    """What every command that trains has."""

    seed: int = ranged(seed_of_32_bits())
    run_name: str | None = MISSING
    resume: str | None = MISSING
    model: ModelConfig = MISSING
    optimizer: dict[str, Any] = MISSING
    runtime: RuntimeConfig = MISSING
    tracking: TrackingConfig = MISSING


@dataclass
class Config(CommandConfig):
    """One run. Group by group as in conf/config.yaml."""

    data: DataConfig = MISSING
    augment: AugmentConfig = MISSING
    fine_tune: FineTuneConfig = MISSING
    training: TrainingConfig = MISSING
    evaluation: EvaluationConfig = MISSING
    sweep: SweepConfig = MISSING
