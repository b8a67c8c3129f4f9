"""The types that travel from the data to everything behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SPLIT_NAMES = ("train", "validation", "test")


@dataclass(frozen=True)
class Example:
    """One labelled image.

    name:        path below the data set's root with forward slashes: the same on every machine.
    group:       the photo or wall it was cut from (its own name where nothing is known). Never crosses splits.
    given_split: "train", "validation" or "test" where the data set prescribes it, else None.
    surface:     what it shows ("deck", "wall") where the data set tells, else "". Results are given for each.
    """

    path: Path
    name: str
    label: str
    group: str
    given_split: str | None = None
    surface: str = ""


@dataclass(frozen=True)
class Splits:
    """Who trains, who chooses, who judges. `intact` holds the labels that mean "no crack"."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]
    class_names: list[str]
    intact: frozenset[str]

    def __iter__(self) -> Iterator[tuple[str, list[Example]]]:
        """Pairs of (split name, its examples), in the order of SPLIT_NAMES."""
        return iter(zip(SPLIT_NAMES, (self.train, self.validation, self.test), strict=True))
