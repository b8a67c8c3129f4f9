"""The command that repeats what is going on, as one types it into a shell."""

import shlex
from collections.abc import Sequence

from hydra.core.hydra_config import HydraConfig

CONFIG_DIR = "command-line"
"""What Hydra calls the folder that --config-dir named."""


def command_line(verb: str, overrides: Sequence[str]) -> str:
    """'python -m crack_exp.run optimizer=sgd'; with the folder of settings that this command was given, if any."""
    sources = HydraConfig.get().runtime.config_sources if HydraConfig.initialized() else []
    folder = next((source.path for source in sources if source.provider == CONFIG_DIR), None)
    flags = ["--config-dir", folder] if folder else []
    return shlex.join(["python", "-m", f"crack_exp.{verb}", *flags, *overrides])
