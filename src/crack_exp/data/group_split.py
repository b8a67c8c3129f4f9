"""Dealing out units of examples to splits, so that each stratum comes as near to its shares as can be.

The images of one label are a stratum, or those of one label on one surface where the data set tells surfaces.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_exp.data.examples import Example
from crack_exp.system.errors import UserError

# How well a few large groups fit depends on their order: several are tried, of many units fewer.
MAX_ORDERS = 50
UNITS_DEALT_IN_ALL = 100_000

Stratum = tuple[str, str]  # label and surface
Targets = dict[str, dict[Stratum, float]]  # how many images of each stratum each split should get


@dataclass(frozen=True)
class Unit:
    """Examples that must not be parted, named after the first of them. counts: how many of each stratum."""

    name: str
    examples: list[Example]
    counts: dict[Stratum, int]

    @property
    def labels(self) -> list[str]:
        return sorted({label for label, _ in self.counts})


def units_of(examples: Sequence[Example], contents: Mapping[str, str]) -> list[Unit]:
    """The smallest units that part neither a group nor copies of one content, also by way of others.

    contents: sha256 of each example's file, by name.
    """
    ordered = sorted(examples, key=lambda example: example.name)
    members: dict[int, list[Example]] = defaultdict(list)
    for example, component in zip(ordered, _components(ordered, contents), strict=True):
        members[component].append(example)
    return [
        Unit(unit[0].name, unit, dict(sorted(Counter((example.label, example.surface) for example in unit).items())))
        for unit in members.values()
    ]


def assign_groups(units: list[Unit], shares: Mapping[str, float], seed: int) -> dict[str, list[Unit]]:
    """The units of each split, at least one with each label in each split.

    shares: of each split; they are taken in proportion to one another. Each stratum comes as near to them as
    the units allow: units of one image to within one image. Raises UserError where no way was found to give
    every split every label.
    """
    targets = _targets(units, shares)
    best, least_miss = None, float("inf")
    for order in range(max(1, min(MAX_ORDERS, UNITS_DEALT_IN_ALL // len(units)))):
        dealt = _deal_in_order(_ordered(units, f"{seed}/{order}"), targets)
        if dealt and (miss := _miss(dealt, targets)) < least_miss:
            best, least_miss = dealt, miss
        if least_miss == 0:
            break
    if best is None:
        raise UserError(
            f"data.group_pattern: found no way to give each of {' and '.join(shares)} images of every class "
            f"without parting a group; {len(units):,} groups are too few or too mixed, use finer groups or "
            "more images"
        )
    return best


def _targets(units: list[Unit], shares: Mapping[str, float]) -> Targets:
    """The shares in images of each stratum; the smallest split first."""
    counts = _counts(units)
    total = sum(shares.values())
    by_share = sorted(shares.items(), key=lambda item: item[1])
    return {split: {stratum: n * share / total for stratum, n in counts.items()} for split, share in by_share}


def _counts(units: list[Unit]) -> Counter[Stratum]:
    counts: Counter[Stratum] = Counter()
    for unit in units:
        counts.update(unit.counts)
    return counts


def _ordered(units: list[Unit], seed: str) -> list[Unit]:
    """Large units first, because small ones even out what they leave; shuffled within an order of magnitude.

    The shuffle sorts by hashes, which are the same on every machine and in every version of every library.
    """

    def key(unit: Unit) -> tuple[int, bytes]:
        return -len(unit.examples).bit_length(), hashlib.sha256(f"{seed}/{unit.name}".encode()).digest()

    return sorted(units, key=key)


def _deal_in_order(units: list[Unit], targets: Targets) -> dict[str, list[Unit]] | None:
    """Each unit to the split that it brings nearest to its targets, after one of each label to each split."""
    dealt = _one_of_each(units, targets)
    if dealt is None:
        return None
    taken = {split: _counts(dealt[split]) for split in targets}
    totals = _counts(units)
    already = {unit.name for split in dealt for unit in dealt[split]}
    for unit in units:
        if unit.name not in already:
            split = min(targets, key=lambda split: _excess(unit, taken[split], targets[split], totals))
            dealt[split].append(unit)
            taken[split].update(unit.counts)
    return dealt


def _one_of_each(units: list[Unit], targets: Targets) -> dict[str, list[Unit]] | None:
    """A small unit with each label for each split, the rarest label first; None if units don't suffice."""
    with_label: dict[str, list[Unit]] = defaultdict(list)
    for unit in reversed(units):
        for label in unit.labels:
            with_label[label].append(unit)
    dealt: dict[str, list[Unit]] = {split: [] for split in targets}
    used: set[str] = set()
    for label in sorted(with_label, key=lambda label: (len(with_label[label]), label)):
        for split in targets:
            if any(label in unit.labels for unit in dealt[split]):
                continue
            small = next((unit for unit in with_label[label] if unit.name not in used), None)
            if small is None:
                return None
            dealt[split].append(small)
            used.add(small.name)
    return dealt


def _excess(unit: Unit, taken: Counter[Stratum], target: dict[Stratum, float], totals: Counter[Stratum]) -> float:
    """By how much the unit raises the split's squared distance from its targets; each stratum counts alike.

    For images one by one this is Sainte-Laguë's rule, which deals out seats in proportion to votes.
    """
    return sum(
        n * (2 * (taken[stratum] - target[stratum]) + n) / (target[stratum] * totals[stratum])
        for stratum, n in unit.counts.items()
    )


def _miss(dealt: dict[str, list[Unit]], targets: Targets) -> float:
    """The largest miss of a target beyond one image, as a share of the stratum's images."""
    taken = {split: _counts(dealt[split]) for split in targets}
    totals = sum(taken.values(), Counter[Stratum]())
    return max(
        max(0.0, abs(taken[split][stratum] - images) - 1.0) / totals[stratum]
        for split in targets
        for stratum, images in targets[split].items()
    )


def _components(examples: Sequence[Example], contents: Mapping[str, str]) -> list[int]:
    """The number of the connected component of each example: edges lead to its group and to its content."""
    nodes: dict[tuple[str, str], int] = {}
    rows, columns = [], []
    for row, example in enumerate(examples):
        for key in (("group", example.group), ("content", contents[example.name])):
            rows.append(row)
            columns.append(nodes.setdefault(key, len(examples) + len(nodes)))
    size = len(examples) + len(nodes)
    edges = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    return connected_components(edges, directed=False)[1][: len(examples)].tolist()
