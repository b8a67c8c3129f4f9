"""Training, validation and test splits: images of one group never cross splits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crack_exp.data.class_names import nearest
from crack_exp.data.examples import SPLIT_NAMES, Example, Splits
from crack_exp.data.folds import Fold
from crack_exp.data.group_split import Unit, assign_groups, units_of
from crack_exp.system.csv_files import write_cells
from crack_exp.system.errors import UserError, quoted
from crack_exp.system.files import atomic_file, file_sha256


@dataclass(frozen=True)
class Shares:
    """How to divide images. validation, test: shares of all of them, in (0, 1); seed: below 2**32.

    fold: if set, the images are divided into `fold.of` folds of about equal size, of which `fold.number` is the test
    split, so that every image is a test image in one fold. `test` is ignored then.
    """

    validation: float
    test: float
    seed: int
    fold: Fold | None

    @property
    def by_split(self) -> dict[str, float]:
        """The share of each split."""
        test = 1 / self.fold.of if self.fold else self.test
        return {"train": 1 - self.validation - test, "validation": self.validation, "test": test}


def split(
    examples: Sequence[Example],
    contents: Mapping[str, str],
    shares: Shares,
    class_names: Sequence[str],
    intact: frozenset[str],
) -> Splits:
    """A group split: groups and copies stay together; stratified by label and surface as far as the groups allow.

    contents: sha256 of each example's file, by name. Images without groups meet the shares to within one image per
    class. Given splits are not changed. A missing split is taken from train in proportion: if only validation is
    missing, it gets validation / (1 - test) of train. The same examples and seed give the same split on every machine.

    Raises UserError if a class is too small to split, a group lies in two given splits, a given split lacks cracked or
    intact images, or there are both a fold and given splits.
    """
    assert 0 < shares.validation and 0 < shares.test and shares.validation + shares.test < 1
    assert intact and intact < set(class_names)
    assert len({example.given_split is None for example in examples}) == 1
    assigned = _assigned(units_of(examples, contents), shares, class_names)
    parts = {name: _examples(assigned[name]) for name in SPLIT_NAMES}
    return _checked(Splits(**parts, class_names=list(class_names), intact=intact))


def _assigned(units: list[Unit], shares: Shares, class_names: Sequence[str]) -> dict[str, list[Unit]]:
    """The units of each split: where they are given, else in the shares of the splits that are missing."""
    given: dict[str, str | None] = {unit.name: _given_split(unit) for unit in units}
    _check_train_has_all(units, given)
    if shares.fold:
        given |= _test_units(units, given, shares.fold, shares.seed, class_names)
    missing = {name: share for name, share in shares.by_split.items() if name == "train" or name not in given.values()}
    free = [unit for unit in units if given[unit.name] in (None, "train")]
    _check_classes(free, class_names, list(missing))
    assigned = assign_groups(free, missing, shares.seed)
    for unit in units:
        if (name := given[unit.name]) and name not in missing:
            assigned.setdefault(name, []).append(unit)
    return assigned


def write_split(splits: Splits, path: Path) -> str:
    """Write name, label, group and split of every example as CSV, sorted by name; returns the sha256 of the file."""
    rows = [(e.name, e.label, e.group, name) for name, examples in splits for e in examples]
    with atomic_file(path) as file:
        write_cells([("name", "label", "group", "split"), *sorted(rows)], file)
    return file_sha256(path)


def _given_split(unit: Unit) -> str | None:
    given = sorted({str(example.given_split) for example in unit.examples if example.given_split})
    if len(given) > 1:
        raise UserError(
            f"data.path: group '{unit.examples[0].group}' (such as {unit.name}) lies in the given splits "
            f"{' and '.join(given)}; move all of its images to one split, or name no groups"
        )
    return given[0] if given else None


def _test_units(
    units: list[Unit], given: Mapping[str, str | None], fold: Fold, seed: int, class_names: Sequence[str]
) -> dict[str, str]:
    """{unit name: "test"} for the units of the fold."""
    if named := sorted({split for split in given.values() if split}):
        raise UserError(
            f"data.fold={fold}: the images come in the given splits {' and '.join(named)}; leave "
            "data.fold at null, or put the images into class folders alone"
        )
    fewest, label = min((sum(label in unit.labels for unit in units), label) for label in class_names)
    if fewest < fold.of:
        raise UserError(
            f"data.fold={fold}: class '{label}' has {fewest} groups, too few for each of {fold.of} folds; take fewer"
        )
    folds = {f"fold {number}": 1 / fold.of for number in range(1, fold.of + 1)}
    return {unit.name: "test" for unit in assign_groups(units, folds, seed)[f"fold {fold.number}"]}


def _check_train_has_all(units: list[Unit], given: Mapping[str, str | None]) -> None:
    """Raise UserError if a class has images in given splits, but none to train on."""
    train = {label for unit in units if given[unit.name] in (None, "train") for label in unit.labels}
    for unit in units:
        for label in sorted(set(unit.labels) - train):
            lacking = [one for other in units for one in other.examples if one.label == label]
            where = " and ".join(sorted({str(one.given_split) for one in lacking}))
            raise UserError(
                f"data.path: the class '{label}' is in the given split {where} alone ({len(lacking):,} images, such as "
                f"{lacking[0].name}), and the split 'train' has {', '.join(map(quoted, sorted(train)))}"
                f"{nearest(label, train)}; rename the class, or move images of it to 'train'"
            )


def _check_classes(free: list[Unit], class_names: Sequence[str], splits: list[str]) -> None:
    """Raise UserError if a class has fewer units than there are splits to fill."""
    images = Counter(example.label for unit in free for example in unit.examples)
    groups = Counter(label for unit in free for label in unit.labels)
    for label in class_names:
        if groups[label] < len(splits):
            raise UserError(
                f"data.path: class '{label}' is too small to split: {groups[label]} of the {len(splits)} "
                f"groups that {' and '.join(splits)} need (images: {images[label]}; copies of one content "
                "are one group); add images of it, or remove the class"
            )


def _examples(units: list[Unit]) -> list[Example]:
    return sorted((example for unit in units for example in unit.examples), key=lambda example: example.name)


def _checked(splits: Splits) -> Splits:
    """The splits. Raises UserError if one of them has no images with cracks, or none without."""
    for name, examples in splits:
        labels = {example.label for example in examples}
        if labels <= splits.intact or not labels & splits.intact:
            raise UserError(
                f"data.path: the split '{name}' holds images of "
                f"{', '.join(map(quoted, sorted(labels))) or 'no class'} alone; it needs images with cracks "
                "and without to evaluate a model"
            )
    return splits
