"""Types for labelled images and splits, used by all other parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

SPLIT_NAMES = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled image.

    root:        folder of the data set, one object for all of its images.
    name:        path below the root with forward slashes; the same on every machine.
    group:       the photo or wall it was cut from; its own name if that is unknown. A group never crosses splits.
    given_split: "train", "validation" or "test" if the data set defines it, else None.
    surface:     type of surface ("deck", "wall") if the data set names it, else ""; results are also given by surface.
    file:        path below the root as this disk spells it, where that is not the name; else None.
    """

    root: Path
    name: str
    label: str
    group: str
    given_split: str | None = None
    surface: str = ""
    file: str | None = None

    @property
    def path(self) -> Path:
        """The file. It is put together when it is asked for: a million of them would take 250 MB."""
        return self.root / (self.file or self.name)


@dataclass(frozen=True)
class PathsOf(Sequence[Path]):
    """The files of `examples`, each put together when it is asked for."""

    examples: Sequence[Example]

    def __len__(self) -> int:
        return len(self.examples)

    @overload
    def __getitem__(self, index: int) -> Path: ...

    @overload
    def __getitem__(self, index: slice) -> "PathsOf": ...

    def __getitem__(self, index: int | slice) -> "Path | PathsOf":
        return PathsOf(self.examples[index]) if isinstance(index, slice) else self.examples[index].path


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
