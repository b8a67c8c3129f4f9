"""The shape of the configuration of commands that use a trained model. Values live in conf/deployed/."""

import re
from dataclasses import dataclass
from typing import Any

from omegaconf import MISSING

from crack_exp.config.schema import MOST_MEGAPIXELS, TrackingConfig
from crack_exp.config.validators import (
    FILES,
    Range,
    above_zero_to_one,
    from_to,
    from_zero_below_one,
    not_empty,
    one_of,
    setting,
)
from crack_exp.system.errors import UserError, shown


@dataclass
class DeployedConfig:
    """What every such command has."""

    model: str = setting(FILES, not_empty())
    best_by: str = setting(FILES, one_of("auroc", "accuracy", "macro_f1", "loss"))
    threshold: float | None = setting(FILES, from_to(0, 1))
    engine: str = setting(FILES, one_of("auto", "keras", "openvino"))
    precision: str = setting(FILES, one_of("float32", "mixed_bfloat16", "auto"))
    tracking: TrackingConfig = MISSING


def _shard() -> Range:
    return Range(lambda value: _is_shard(value), "k/n with 1 <= k <= n, e.g. 2/8")


def _is_shard(text: str) -> bool:
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    return found is not None and 1 <= int(found[1]) <= int(found[2])


@dataclass
class BatchConfig(DeployedConfig):
    """What a command has that works through many files."""

    output: str | None = setting(FILES, not_empty())
    overwrite: bool = setting(FILES)
    max_megapixels: int = setting(FILES, from_to(1, MOST_MEGAPIXELS))
    shard: str = setting(FILES, _shard())

    @property
    def shard_of(self) -> tuple[int, int]:
        """(k, n), counted from 1."""
        number, shards = self.shard.split("/")
        return int(number), int(shards)


@dataclass
class SurveyConfig(BatchConfig):
    photos: Any = setting(FILES)
    tile_px: int | None = setting(FILES, from_to(16, 65_536))
    overlap: float = setting(FILES, from_zero_below_one())
    mm_per_px: float | None = setting(FILES, from_to(0.0001, 10_000))
    min_tiles: int = setting(FILES, from_to(1, 1_000_000))


@dataclass
class PredictConfig(BatchConfig):
    images: Any = setting(FILES)
    format: str = setting(FILES, one_of("csv", "jsonl", "parquet"))
    batch_size: int = setting(FILES, from_to(1, 65_536))
    part_size: int = setting(FILES, from_to(1, 1_000_000))
    gallery: int = setting(FILES, from_to(0, 10_000))


@dataclass
class ServeConfig(DeployedConfig):
    host: str = setting(FILES, not_empty())
    port: int = setting(FILES, from_to(0, 65535))
    max_mb: float = setting(FILES, from_to(0.001, 100_000))
    max_megapixels: int = setting(FILES, from_to(1, MOST_MEGAPIXELS))
    max_images: int = setting(FILES, from_to(1, 100_000))
    overlap: float = setting(FILES, from_zero_below_one())
    min_tiles: int = setting(FILES, from_to(1, 1_000_000))
    max_tiles: int = setting(FILES, from_to(1, 10_000_000))
    surveys_at_once: int = setting(FILES, from_to(1, 1000))


@dataclass
class Tolerance:
    """probability: the largest difference of one; changed: the largest share of changed decisions."""

    probability: float = setting(FILES, above_zero_to_one())
    changed: float = setting(FILES, from_zero_below_one())


@dataclass
class Tolerances:
    """By the way to quantize; resizing: of a file that resizes images itself."""

    none: Tolerance = MISSING
    float16: Tolerance = MISSING
    int8: Tolerance = MISSING
    resizing: Tolerance = MISSING


@dataclass
class ExportConfig(DeployedConfig):
    format: str = setting(FILES, one_of("savedmodel", "onnx", "litert", "openvino"))
    quantize: str = setting(FILES, one_of("none", "float16", "int8"))
    output: str | None = setting(FILES, not_empty())
    overwrite: bool = setting(FILES)
    images: Any = setting(FILES)
    test_images: int = setting(FILES, from_to(1, 1_000_000))
    calibration_images: int = setting(FILES, from_to(1, 1_000_000))
    batch_size: int = setting(FILES, from_to(1, 65_536))
    tolerance: Tolerances = MISSING


def listed(value: Any, setting: str) -> list[str]:
    """One path, or a list of them. Raises UserError for anything else."""
    given = value if isinstance(value, list) else [value]
    # Hydra takes the name of a folder such as 2031 for a number.
    paths = [str(path) if isinstance(path, int) and not isinstance(path, bool) else path for path in given]
    if not paths or not all(isinstance(path, str) and path.strip() for path in paths):
        raise UserError(f"{setting}={shown(value)}: name a file, a folder or a pattern, e.g. {setting}=new_photos")
    return paths
