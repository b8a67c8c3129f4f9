"""Texts that Hydra and OmegaConf read as they are, whatever they hold."""

import re
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString


def text_override(key: str, text: str) -> str:
    """`key=text`, read as this text."""
    return f"{key}={as_hydra_text(text)}"


def as_hydra_text(text: str) -> str:
    """The text, in Hydra's quotes where it would read something else: a space, brackets, a number, null."""
    is_plain = re.fullmatch(r"(?a:[\w./:@%+-]+)", text)
    if is_plain and OverridesParser.create().parse_override(f"key={text}").value() == text:
        return text
    # Double ones where possible: a shell's own are single.
    return QuotedString(no_interpolation(text), Quote.single if '"' in text else Quote.double).with_quotes()


def no_interpolation(value: Any) -> Any:
    """The value, with `${` in its texts, at any depth, for what it is: two characters of a name."""
    if isinstance(value, dict):
        return {key: no_interpolation(one) for key, one in value.items()}
    if isinstance(value, list):
        return [no_interpolation(one) for one in value]
    # A backslash before it would be read as an escape, and stands for itself where it is doubled.
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", value) if isinstance(value, str) else value
