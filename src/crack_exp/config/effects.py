"""The effect of each setting, and other properties of its field, by its dotted key."""

from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from crack_exp.config.schema import DATA_SCHEMAS, Config, DataConfig
from crack_exp.config.validators import EFFECT, MODEL, Effect


def effect_of(key: str) -> Effect:
    """Of a setting of a run, or of the free-form one that it belongs to: `optimizer.learning_rate` to `optimizer`.

    An unknown key, such as one of an older run, counts as a setting that changes the model.
    """
    effects = _effects()
    words = key.split(".")
    beginnings = (".".join(words[:count]) for count in range(len(words), 0, -1))
    return next((effects[beginning] for beginning in beginnings if beginning in effects), MODEL)


def values_with(effect: Effect, config: Any, key: str = "") -> dict[str, Any]:
    """{dotted key: value} of the settings of `config` with this effect; free-form ones as a whole."""
    found = dict[str, Any]()
    for field in fields(config):
        name, value = f"{key}{field.name}", getattr(config, field.name)
        if is_dataclass(value):
            found |= values_with(effect, value, f"{name}.")
        elif field.metadata[EFFECT] is effect:
            found[name] = value
    return found


@cache
def keys_with(fact: str) -> tuple[str, ...]:
    """The settings, and groups of them, whose field has `fact` (see `setting`), in the order of the schema."""
    return tuple(dict.fromkeys(key for key, field in settings_under(Config) if field.metadata.get(fact)))


def settings_under(owner: type, key: str = "") -> Iterator[tuple[str, "Field[Any]"]]:
    """Every field of a schema by its dotted key, groups before what is in them, `data` once for each source."""
    kinds = get_type_hints(owner)
    for field in fields(owner):
        name, kind = f"{key}{field.name}", kinds[field.name]
        yield name, field
        for schema in DATA_SCHEMAS.values() if kind is DataConfig else [kind]:
            if isinstance(schema, type) and is_dataclass(schema):
                yield from settings_under(schema, f"{name}.")


@cache
def facts_of(key: str) -> Mapping[str, Any]:
    """All properties of a setting's field."""
    return next(field.metadata for name, field in settings_under(Config) if name == key)


@cache
def _effects() -> dict[str, Effect]:
    return {key: field.metadata[EFFECT] for key, field in settings_under(Config) if EFFECT in field.metadata}
