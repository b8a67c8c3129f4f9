"""What the comments of a YAML file in conf/ say of its settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

NOT_ABOUT = ("python -m ", "@package")
"""Beginnings of lines at the head of a file that do not describe it."""


@dataclass(frozen=True)
class Described:
    """A file of settings.

    about: what its head says of it. meanings: of each key with a comment, by its dotted name in the file: beside its
    value and on the lines below, or else on the lines above. included: other files of the same folder.
    """

    about: str
    meanings: dict[str, str]
    included: tuple[str, ...]


@cache
def described(file: Path) -> Described:
    """What the comments of `file` say. Raises UnicodeDecodeError or yaml.YAMLError for what is no YAML."""
    text = file.read_text()
    lines, root = text.splitlines(), yaml.compose(text, Loader=yaml.CSafeLoader)
    head = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    about = [line.lstrip("# ") for line in lines[:head]]
    meanings = dict(_meanings(root, lines, head)) if isinstance(root, yaml.MappingNode) else {}
    return Described(" ".join(one for one in about if not one.startswith(NOT_ABOUT)).strip(), meanings, _included(root))


def _meanings(node: yaml.MappingNode, lines: list[str], head: int, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in node.value:
        name = f"{prefix}{key.value}"
        is_block = isinstance(value, yaml.CollectionNode) and not value.flow_style
        end = key.end_mark if is_block else value.end_mark
        if comment := _beside(lines, end.line, end.column) or _above(lines, key.start_mark.line, head):
            yield name, comment
        if isinstance(value, yaml.MappingNode) and is_block:
            yield from _meanings(value, lines, head, f"{name}.")


def _beside(lines: list[str], number: int, column: int) -> str:
    """The comment behind a value, and what goes on at the same column of the lines below."""
    rest = lines[number][column:] if number < len(lines) else ""
    start = column + rest.find(" #") + 1
    if " #" not in rest:
        return ""
    found = [lines[number][start:]]
    for line in lines[number + 1 :]:
        if line[:start].strip() or not line[start:].startswith("#"):
            break
        found.append(line[start:])
    return " ".join(one.lstrip("# ").rstrip() for one in found)


def _above(lines: list[str], number: int, head: int) -> str:
    """The comment on lines of their own above a key, of which the head of the file is none."""
    first = number
    while first > head and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return " ".join(line.strip().lstrip("# ") for line in lines[first:number])


def _included(root: yaml.Node | None) -> tuple[str, ...]:
    """The files of the same folder in the defaults list."""
    entries = (
        [value for key, value in root.value if key.value == "defaults"] if isinstance(root, yaml.MappingNode) else []
    )
    names = [one.value for entry in entries for one in entry.value if isinstance(one, yaml.ScalarNode)]
    return tuple(name for name in names if name != "_self_")
