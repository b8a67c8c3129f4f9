"""Types for labelled images and splits, used by all other parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SPLIT_NAMES = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled image.

    name:        path below the data set's root with forward slashes; the same on every machine.
    group:       the photo or wall it was cut from; its own name if that is unknown. A group never crosses splits.
    given_split: "train", "validation" or "test" if the data set defines it, else None.
    surface:     type of surface ("deck", "wall") if the data set names it, else ""; results are also given by surface.
    """

    path: Path
    name: str
    label: str
    group: str
    given_split: str | None = None
    surface: str = ""


@dataclass(frozen=True)
class Splits:
    """Training, validation and test examples. `intact` holds the labels that mean "no crack"."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]
    class_names: list[str]
    intact: frozenset[str]

    def __iter__(self) -> Iterator[tuple[str, list[Example]]]:
        """Pairs of (split name, its examples), in the order of SPLIT_NAMES."""
        return iter(zip(SPLIT_NAMES, (self.train, self.validation, self.test), strict=True))
