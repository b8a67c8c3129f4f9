"""A program: `python -m crack_exp.model.painted.ship_weights FILE NAME` adds the weights in FILE to the package.

NAME is the name of their model under conf/model/, e.g. mobilenet_v2_035. It writes NAME.npz with the same bytes,
NAME.md with the card as text, and an entry in index.json with the checksum.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crack_exp.model.painted.file import PaintedFile, read_painted
from crack_exp.model.painted.locations import SHIPPED, read_index
from crack_exp.system.files import file_sha256


def ship(file: Path, name: str, folder: Path) -> None:
    """Copy `file` to `folder` as `name`, and write its card and index entry; existing files are replaced.

    Raises UserError if there is no such file, or it is damaged.
    """
    content = read_painted(file)
    shutil.copyfile(file, folder / f"{name}.npz")
    entry = {"network": content.network.key, "sha256": file_sha256(file)}
    index = dict(sorted((read_index(folder) | {name: entry}).items()))
    (folder / f"{name}.md").write_text(card_text(name, content, entry["sha256"]))
    (folder / "index.json").write_text(json.dumps(index, indent=2) + "\n")


def card_text(name: str, content: PaintedFile, digest: str) -> str:
    """The card as Markdown, one line for each value."""
    own = {"network": str(content.network), "classes": ", ".join(content.head.class_names), "sha256": digest}
    rows = [f"- {key}: {value}" for key, value in (*own.items(), *_flat(content.card))]
    return "\n".join([f"# {name}.npz: a backbone trained on paintings, and its head", "", *rows, ""])


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


if __name__ == "__main__":
    file, name = sys.argv[1:]
    ship(Path(file), name, SHIPPED)
