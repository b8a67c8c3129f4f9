"""Commands that a user may want after a search, as they can be pasted."""

from collections.abc import Sequence
from pathlib import Path

from crack_exp.config.overrides import EXPERIMENT
from crack_exp.config.texts import as_hydra_text, text_override
from crack_exp.system.printed import own_command, shell_command


def run_command(folder: Path, name: str, code: Sequence[str]) -> str:
    """A run with the settings of the best trial. code: the word that allows packages of the user's own, if any."""
    return own_command("run", ["--config-dir", str(folder), text_override(EXPERIMENT, name), *code])


def verify_command(folder: Path, name: str, seeds: Sequence[int], code: Sequence[str]) -> str:
    """The sweep that compares the best trial with the start settings. seeds: used by no trial; code: as above."""
    both = f"{text_override(EXPERIMENT, start_name(name))},{as_hydra_text(name)}"
    return own_command("run", ["-m", "--config-dir", str(folder), both, f"seed={','.join(map(str, seeds))}", *code])


def continue_command(command: str, name: str) -> str:
    """`command`, which runs the remaining trials once it names the study."""
    return command if "tune.name=" in command else f"{command} {shell_command([text_override('tune.name', name)])}"


def start_name(name: str) -> str:
    """The name of the experiment with the settings that all trials share."""
    return f"{name}-start"
