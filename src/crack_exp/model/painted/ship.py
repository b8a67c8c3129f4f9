"""A program: `python -m crack_exp.model.painted.ship FILE NAME` puts the weights in FILE into the package.

NAME is their model's under conf/model/, e.g. mobilenet_v2_035. Written: NAME.npz, the same bytes; NAME.md, its card
for people; its line in index.json, by which a damaged copy is told.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crack_exp.model.painted.file import PaintedFile, read_painted
from crack_exp.model.painted.places import SHIPPED, read_index
from crack_exp.system.files import file_sha256


def ship(file: Path, name: str, folder: Path) -> None:
    """Put `file` and its card into `folder`, in place of what lies there under `name`.

    Raises UserError where there is no such file, or it is damaged.
    """
    content = read_painted(file)
    shutil.copyfile(file, folder / f"{name}.npz")
    entry = {"network": content.network.key, "sha256": file_sha256(file)}
    index = dict(sorted((read_index(folder) | {name: entry}).items()))
    (folder / f"{name}.md").write_text(card_text(name, content, entry["sha256"]))
    (folder / "index.json").write_text(json.dumps(index, indent=2) + "\n")


def card_text(name: str, content: PaintedFile, digest: str) -> str:
    """The card as a page: a line for each fact."""
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
