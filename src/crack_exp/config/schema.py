"""The shape of a run's configuration. Types and ranges only: every value lives in conf/."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import MISSING

from crack_exp.config.validators import (
    EVALUATION,
    FILES,
    MODEL,
    above_zero_to_one,
    between_zero_and_one,
    from_to,
    from_zero_below_one,
    group,
    not_empty,
    one_for_each_channel,
    one_of,
    package_names,
    seed_of_32_bits,
    setting,
    sha256_digest,
    short_name,
    web_address,
)
from crack_exp.evaluation.aim import RULES, Aim
from crack_exp.tracking.address import StoreAddress

MOST_MEGAPIXELS = 1000
"""Of one image: it then takes up to 18 GB of memory."""


@dataclass
class DataConfig:
    """Settings of every data source. Each class below adds the arguments of one source's function, by their names."""

    source: str = setting(MODEL)
    intact: list[str] | None = setting(MODEL)
    on_bad_image: str = setting(MODEL, one_of("error", "skip"))
    max_megapixels: int = setting(MODEL, from_to(1, MOST_MEGAPIXELS))
    white_level: int = setting(MODEL, from_to(255, 65_535))
    validation: float = setting(MODEL, between_zero_and_one())
    test: float = setting(MODEL, between_zero_and_one())
    split_seed: int = setting(MODEL, seed_of_32_bits())
    fold: str | None = setting(MODEL)
    cache_gb: float = setting(FILES, from_to(0, 100_000))
    mm_per_px: float | None = setting(EVALUATION, from_to(0.0001, 10_000))

    @property
    def location(self) -> str:
        """The file or folder that the examples come from."""
        raise NotImplementedError(self.source)


@dataclass
class SyntheticConfig(DataConfig):
    folder: str = setting(FILES, not_empty(), images_lie_here=True)
    images: int = setting(MODEL, from_to(5, 1_000_000))
    size_px: int = setting(MODEL, from_to(32, 2048))
    paint_seed: int = setting(MODEL, seed_of_32_bits())

    @property
    def location(self) -> str:
        return self.folder


@dataclass
class FolderConfig(DataConfig):
    path: str = setting(FILES, not_empty(), images_lie_here=True)
    group_pattern: str | None = setting(MODEL)

    @property
    def location(self) -> str:
        return self.path


@dataclass
class TableConfig(DataConfig):
    path: str = setting(FILES, not_empty(), images_lie_here=True)
    image_root: str | None = setting(FILES, images_lie_here=True)
    path_column: str = setting(MODEL, not_empty())
    label_column: str = setting(MODEL, not_empty())
    group_column: str | None = setting(MODEL)
    split_column: str | None = setting(MODEL)
    group_pattern: str | None = setting(MODEL)

    @property
    def location(self) -> str:
        return self.path


@dataclass
class CcicConfig(DataConfig):
    path: str | None = setting(FILES, not_empty(), images_lie_here=True)
    folder: str = setting(FILES, not_empty(), images_lie_here=True)
    url: str = setting(FILES, web_address())
    sha256: str = setting(FILES, sha256_digest())

    @property
    def location(self) -> str:
        return self.path or self.folder


@dataclass
class Sdnet2018Config(DataConfig):
    path: str = setting(FILES, not_empty(), images_lie_here=True)

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
    batch_norm_momentum: float = setting(MODEL, from_zero_below_one())
    learning_rate_factor: float = setting(MODEL, from_to(1e-6, 1_000_000))


@dataclass
class RescalingConfig:
    """From pixels of 0 to 255 to what the backbone was trained on."""

    _target_: str = setting(MODEL, one_of("keras.layers.Rescaling"))
    scale: Any = setting(MODEL, one_for_each_channel(-1_000_000, 1_000_000))
    offset: Any = setting(MODEL, one_for_each_channel(-1_000_000, 1_000_000))


@dataclass
class ModelConfig:
    # Arguments of a backbone that would be overruled in silence, and what to use in their place.
    backbone: dict[str, Any] = setting(
        MODEL,
        decided_elsewhere={
            "weights": "use model.weights",
            "input_shape": "use model.image_size_px",
            "input_tensor": "use model.image_size_px",
            "include_top": "the head is the program's own",
            "pooling": "the head is the program's own",
            "classes": "the images decide how many there are",
            "classifier_activation": "the head is the program's own",
        },
    )
    rescaling: RescalingConfig = MISSING
    weights: str = setting(MODEL, not_empty())
    head: str = setting(MODEL, one_of("new", "painted"))
    image_size_px: int = setting(MODEL, from_to(32, 2048))
    stages: dict[str, str] = setting(MODEL)
    from_scratch: FromScratchConfig = MISSING


@dataclass
class AugmentConfig:
    layers: list[Any] = setting(MODEL)
    views: int | None = setting(MODEL, from_to(1, 1000))


@dataclass
class FineTuneConfig:
    stage: str | None = setting(MODEL)
    epochs: int = setting(MODEL, from_to(0, 100_000))
    optimizer: dict[str, Any] = setting(MODEL)


@dataclass
class TrainingConfig:
    batch_size: int = setting(MODEL, from_to(1, 65_536))
    epochs: int = setting(MODEL, from_to(0, 100_000))
    dropout: float = setting(MODEL, from_zero_below_one(), needs_training=True)
    early_stopping_patience: int | None = setting(MODEL, from_to(1, 100_000), needs_training=True)
    class_weights: str = setting(MODEL, one_of("none", "balanced"), needs_training=True)
    loss: str = setting(MODEL, one_of("cross_entropy", "focal"), needs_training=True)
    focal_gamma: float = setting(MODEL, from_to(0, 100))


@dataclass
class FeatureCacheConfig:
    max_gb: float = setting(FILES, from_to(0, 1_000_000))
    dtype: str = setting(MODEL, one_of("float16", "float32"))


@dataclass
class RuntimeConfig:
    precision: str = setting(MODEL, one_of("auto", "float32", "mixed_float16", "mixed_bfloat16"))
    distribution: str = setting(MODEL, one_of("auto", "none", "mirrored"))
    feature_engine: str = setting(MODEL, one_of("auto", "keras", "openvino"))
    feature_cache: FeatureCacheConfig = MISSING


@dataclass
class EvaluationConfig:
    confidence: float = setting(EVALUATION, between_zero_and_one())
    bootstrap_resamples: int = setting(EVALUATION, from_to(1, 1_000_000))
    operating_point: str = setting(EVALUATION, one_of(*RULES))
    min_recall: float = setting(EVALUATION, above_zero_to_one())
    assurance: float = setting(EVALUATION, between_zero_and_one())
    cost_ratio: float | None = setting(EVALUATION, from_to(0.001, 1_000_000))
    prevalence: float | None = setting(EVALUATION, between_zero_and_one())

    @property
    def aim(self) -> Aim:
        """What is asked of the threshold."""
        return Aim(self.operating_point, self.min_recall, self.assurance, self.cost_ratio, self.prevalence)


@dataclass
class SweepConfig:
    name: str | None = setting(FILES, short_name())
    rerun: bool = setting(FILES)
    worker: bool = setting(FILES)
    folder: str = setting(FILES, not_empty())


@dataclass
class TrackingConfig:
    experiment: str = setting(FILES, short_name())
    uri: str | None = setting(FILES)
    folder: str = setting(FILES, not_empty())

    @property
    def store(self) -> StoreAddress:
        return StoreAddress(self.uri, Path(self.folder))


@dataclass
class CommandConfig:
    """What every command that trains has."""

    seed: int = setting(MODEL, seed_of_32_bits())
    run_name: str | None = setting(FILES, short_name())
    resume: str | None = setting(FILES)
    allow_code: list[str] = setting(FILES, package_names())
    model: ModelConfig = group(names_itself=True)
    optimizer: dict[str, Any] = setting(MODEL, names_itself=True)
    runtime: RuntimeConfig = MISSING
    tracking: TrackingConfig = MISSING


@dataclass
class Config(CommandConfig):
    """One run. Group by group as in conf/config.yaml."""

    data: DataConfig = group(names_itself=True)
    augment: AugmentConfig = group(needs_training=True)
    fine_tune: FineTuneConfig = MISSING
    training: TrainingConfig = MISSING
    evaluation: EvaluationConfig = MISSING
    sweep: SweepConfig = MISSING
