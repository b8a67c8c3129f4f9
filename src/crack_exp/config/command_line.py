"""The command line as it is typed, and the one that repeats what is going on."""

import shlex
from collections.abc import Sequence

from hydra.core.hydra_config import HydraConfig

CONFIG_DIR = "command-line"
"""What Hydra calls the folder that --config-dir named."""


def flags_first(words: Sequence[str]) -> list[str]:
    """The words of a command, options before settings: Hydra takes no settings on both sides of an option."""
    flags, settings, before = list[str](), list[str](), ""
    for word in words:
        is_value = before.startswith("-") and "=" not in word and not word.startswith("~")
        (flags if word.startswith("-") or is_value else settings).append(word)
        before = word
    return flags + settings


def command_line(verb: str, overrides: Sequence[str]) -> str:
    """'python -m crack_exp.run optimizer=sgd'; with the folder of settings that this command was given, if any."""
    sources = HydraConfig.get().runtime.config_sources if HydraConfig.initialized() else []
    folder = next((source.path for source in sources if source.provider == CONFIG_DIR), None)
    flags = ["--config-dir", folder] if folder else []
    return shlex.join(["python", "-m", f"crack_exp.{verb}", *flags, *overrides])
