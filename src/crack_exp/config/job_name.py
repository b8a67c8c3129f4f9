"""What a run among many is called: by what is its own."""

from collections.abc import Sequence

NAMES_THEMSELVES = ("optimizer", "model", "data", "experiment")
"""Groups whose choices are names that say enough alone; `none` and `all` would not."""


def job_name(own: Sequence[str]) -> str | None:
    """'rmsprop, seed=2' from `optimizer=rmsprop` and `seed=2`; None where nothing is a job's own.

    Short, because MLflow's tables and legends cut a name after two dozen characters. A dotted setting is known by its
    last word, unless it shares that with another.
    """
    last_words = [_last_word(override) for override in own]
    return ", ".join(_named(override, last_words.count(_last_word(override)) == 1) for override in own) or None


def _named(override: str, is_last_word_enough: bool) -> str:
    key, value = _key(override), override.partition("=")[2]
    if key in NAMES_THEMSELVES:
        return value
    return f"{_last_word(override) if is_last_word_enough else key}={value}"


def _key(override: str) -> str:
    return override.partition("=")[0]


def _last_word(override: str) -> str:
    """Of `optimizer@fine_tune.optimizer` all behind the @: "optimizer" is another setting."""
    key = _key(override)
    return key.rpartition("@")[2] if "@" in key else key.rpartition(".")[2]
