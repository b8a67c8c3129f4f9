"""The benchmarks are scripts that find one another in their own folder; so do these tests."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from crack_exp.data.examples import Example

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))


@pytest.fixture
def image_set() -> Callable[..., Any]:
    """A set of images that lie nowhere: name, 1 or 0 for each (cracked or intact), its photo if that is known."""

    def made(name: str, cracked: Sequence[int], photos: Sequence[str] | None = None) -> Any:
        names = [f"{number:04}.jpg" for number in range(len(cracked))]
        examples = [
            Example(Path(file), file, ("Negative", "Positive")[kind], photo)
            for file, kind, photo in zip(names, cracked, photos or names, strict=True)
        ]
        contents = {file: f"sha256 of {name} {file}" for file in names}
        return import_module("backbone_images").ImageSet(name, examples, contents, frozenset({"Negative"}), copies=0)

    return made
