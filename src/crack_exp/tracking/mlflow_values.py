"""Settings and metrics in the form and size that MLflow accepts."""

import math
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, count
from typing import TypeVar

Item = TypeVar("Item")

KEY_CHARACTERS = 250
NAME_CHARACTERS = 250
"""Of a run's name, in databases other than sqlite."""

MODEL_NAME_CHARACTERS = 80
"""Of the run's name in that of its model: more is cut on MLflow's pages."""

PARAM_CHARACTERS = 6000
TAG_CHARACTERS = 8000
PARAMS_OR_TAGS_AT_ONCE = 100
METRICS_AT_ONCE = 1000
CLASS = "._target_"
KERAS_CLASS = re.compile(r"^keras\.\w+\.(\w+)$")


def flatten(settings: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Nested settings as one level of dotted keys; lists and empty mappings are one value."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{key}.")
        else:
            flat[allowed_key(key)] = shortened(str(value), PARAM_CHARACTERS)
    return flat


def with_class_names(flat: Mapping[str, str]) -> dict[str, str]:
    """`optimizer=SGD` in place of `optimizer._target_=keras.optimizers.SGD`; other classes keep their full name.

    MLflow's parallel coordinates show ten characters of a value, which are equal for all Keras classes.
    """
    return {
        key.removesuffix(CLASS): KERAS_CLASS.sub(r"\1", value) if key.endswith(CLASS) else value
        for key, value in flat.items()
    }


def allowed_key(name: str) -> str:
    """The name with `_` for what MLflow does not allow (class names may have any character), and not too long."""
    parts = re.sub(r"[^\w/.\- :]", "_", name).split("/")
    return "/".join(part if part.strip(".") else "_" for part in parts)[:KEY_CHARACTERS].rstrip("/")


def allowed_keys(names: Iterable[str]) -> dict[str, str]:
    """{name: key} as by `allowed_key`; of names that would share one, such as '<1 mm' and '>1 mm', the later have a
    number behind it."""
    keys = dict[str, str]()
    for name in names:
        key = allowed_key(name)
        candidates = chain([key], (f"{key[: KEY_CHARACTERS - 5]}_{number}" for number in count(2)))
        keys[name] = next(candidate for candidate in candidates if candidate not in keys.values())
    return keys


def model_name(run_name: str, start_ms: int) -> str:
    """'adam, seed=2 2026-11-29': the name of the run and the day of its start, for its model.

    `_` stands for what MLflow does not allow in the name of a model, and for what ends or changes the address
    `runs:/RUN_ID/NAME`.
    """
    day = datetime.fromtimestamp(start_ms / 1000).date().isoformat()
    name = re.sub(r"[^\w =,+()\[\]-]+", "_", run_name)
    return f"{name[:MODEL_NAME_CHARACTERS].strip()} {day}"


def shortened(text: str, characters: int) -> str:
    """The text, cut to `characters` with a note of its full length."""
    if len(text) <= characters:
        return text
    note = f" ... (cut, {len(text)} characters)"
    return text[: characters - len(note)] + note


def finite_or_nan(value: float) -> float:
    """NaN for an infinite value, which MLflow would store and plot as 1.8e308."""
    return float(value) if math.isfinite(value) else math.nan


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in groups of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
