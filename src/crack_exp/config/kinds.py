"""The lists of what settings may build: nothing on them runs other code, or reads or writes a file."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import keras

from crack_exp.config.instantiate import Kind


def _public(module: ModuleType, name: str, is_meant: Callable[[Any], bool]) -> Iterator[tuple[str, Any]]:
    return ((f"{name}.{word}", found) for word in dir(module) if is_meant(found := getattr(module, word)))


def _derived_from(base: type, *but: type) -> Callable[[Any], bool]:
    return lambda found: isinstance(found, type) and issubclass(found, base) and found not in (base, *but)


def _layers(*names: str) -> dict[str, type[keras.Layer]]:
    return {f"keras.layers.{name}": getattr(keras.layers, name) for name in names}


SCHEDULE = Kind(
    "learning rate schedule",
    dict(
        _public(
            keras.optimizers.schedules,
            "keras.optimizers.schedules",
            _derived_from(keras.optimizers.schedules.LearningRateSchedule),
        )
    ),
    own=keras.optimizers.schedules.LearningRateSchedule,
    inside=None,
)

OPTIMIZER = Kind(
    "optimizer",
    # First, because errors give the first one as the example.
    {"keras.optimizers.Adam": keras.optimizers.Adam}
    | dict(
        _public(
            keras.optimizers,
            "keras.optimizers",
            # The loss is scaled by the precision, and a phase has one optimizer.
            _derived_from(
                keras.optimizers.Optimizer, keras.optimizers.LossScaleOptimizer, keras.optimizers.MultiOptimizer
            ),
        )
    ),
    own=keras.optimizers.Optimizer,
    inside=SCHEDULE,
)

BACKBONE = Kind(
    "backbone",
    {"keras.applications.MobileNetV2": keras.applications.MobileNetV2}
    | dict(_public(keras.applications, "keras.applications", lambda found: callable(found))),
    own=None,
    inside=None,
)

AUGMENTATION = Kind(
    "layer that changes images at random",
    _layers(
        *("RandomFlip", "RandomBrightness", "RandomContrast", "RandomRotation", "RandomTranslation", "RandomZoom"),
        *("RandomShear", "RandomPerspective", "RandomElasticTransform", "RandomCrop", "CenterCrop", "RandomErasing"),
        *("RandomColorJitter", "RandomColorDegeneration", "RandomHue", "RandomSaturation", "RandomGrayscale"),
        *("RandomInvert", "RandomPosterization", "RandomSharpness", "RandomGaussianBlur", "Solarization"),
        *("AutoContrast", "Equalization", "ContrastLimitedAdaptiveHistogramEqualization", "AugMix", "RandAugment"),
        *("GaussianNoise", "GaussianDropout", "Dropout", "SpatialDropout2D"),
    ),
    own=keras.Layer,
    inside=None,
)
