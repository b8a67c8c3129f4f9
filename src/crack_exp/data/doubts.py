"""What is probably not meant in a data set, though it can be used: a sentence for each doubt."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from crack_exp.data.class_names import normalised
from crack_exp.data.examples import Example
from crack_exp.system.errors import quoted, some_of

ANNOTATIONS = frozenset(
    "mask masks label labels annotation annotations annots gt groundtruth segmentation segmentations overlay overlays"
    " bbox bboxes boxes json xml".split()
)
"""Normalised names of folders that hold what people drew or wrote on images."""

MISSING = frozenset("nan na n/a null ? unknown unlabeled unlabelled todo tbd".split())
"""What tables hold where there is no label, in small letters."""


def doubts(examples: Sequence[Example]) -> list[str]:
    """One sentence for each doubt, with what to do in either case."""
    class_names = sorted({example.label for example in examples})
    return [
        *_on_annotations(class_names),
        *_on_missing_labels(class_names),
        *_on_like_names(class_names),
        *_on_folders_inside(examples),
    ]


def _on_annotations(class_names: Sequence[str]) -> Iterator[str]:
    for name in class_names:
        if normalised(name) in ANNOTATIONS:
            yield (
                f"the class {quoted(name)} is called like a folder of annotations; if it is no class, move it out of "
                "the data set"
            )


def _on_missing_labels(class_names: Sequence[str]) -> Iterator[str]:
    for name in class_names:
        if name.lower() in MISSING:
            called = f"the class {quoted(name)} is called like a label that is missing"
            yield f"{called}; if it is no class, leave out its images"


def _on_like_names(class_names: Sequence[str]) -> Iterator[str]:
    by_spelling = defaultdict(list)
    for name in class_names:
        by_spelling[normalised(name)].append(name)
    for names in by_spelling.values():
        if len(names) > 1:
            yield (
                f"the classes {' and '.join(map(quoted, names))} differ in spelling alone; if they are one class, "
                "write it in one way"
            )


def _on_folders_inside(examples: Sequence[Example]) -> Iterator[str]:
    """Folders of the same names in every class folder, and no groups: walls or photos, or they are the classes."""
    if any(example.group != example.name for example in examples):
        return
    inside: dict[str, set[str | None]] = defaultdict(set)
    for example in examples:
        inside[example.label].add(_folder_inside(example))
    common = set.intersection(*inside.values())
    if len(common) > 1 and None not in set.union(*inside.values()):
        yield (
            f"every class folder holds the folders {some_of(sorted(map(str, common)))}; if they are walls or photos, "
            "name them as groups by data.group_pattern; if they are the classes, give a folder above as data.path"
        )


def _folder_inside(example: Example) -> str | None:
    """The folder below the class folder that the image is in; None if it lies in the class folder itself."""
    *folders, _ = PurePosixPath(example.name).parts
    below = folders[folders.index(example.label) + 1 :] if example.label in folders else []
    return below[0] if below else None
