"""Assigns groups of examples to splits, so that each stratum comes close to its target shares.

A stratum is the images of one label, or of one label on one surface if the data set names surfaces.
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

# The result for a few large groups depends on their order. Several orders are tried, fewer if there are many units.
MAX_ORDERS = 50
MAX_ASSIGNMENTS = 100_000

Stratum = tuple[str, str]  # label and surface
Targets = dict[str, dict[Stratum, float]]  # target number of images by split and stratum


@dataclass(frozen=True)
class Unit:
    """Examples that must be in the same split, named after the first of them. counts: number of images by stratum."""

    name: str
    examples: list[Example]
    counts: dict[Stratum, int]

    @property
    def labels(self) -> list[str]:
        return sorted({label for label, _ in self.counts})


def units_of(examples: Sequence[Example], contents: Mapping[str, str]) -> list[Unit]:
    """The smallest units that keep groups and copies of one content together, also if connected through other examples.

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

    shares: target share of each split, relative to their sum. Each stratum comes as close to its shares as the units
    allow; with units of one image, to within one image. Raises UserError if no assignment was found in which every
    split has every label.
    """
    targets = _targets(units, shares)
    best, least_deviation = None, float("inf")
    for order in range(max(1, min(MAX_ORDERS, MAX_ASSIGNMENTS // len(units)))):
        assigned = _assign_in_order(_ordered(units, f"{seed}/{order}"), targets)
        if assigned and (deviation := _deviation(assigned, targets)) < least_deviation:
            best, least_deviation = assigned, deviation
        if least_deviation == 0:
            break
    if best is None:
        raise UserError(
            f"data.group_pattern: found no way to give each of {' and '.join(shares)} images of every class "
            f"without dividing a group; {len(units):,} groups are too few or too mixed, use finer groups or "
            "more images"
        )
    return best


def _targets(units: list[Unit], shares: Mapping[str, float]) -> Targets:
    """The target number of images by split and stratum; the smallest split first."""
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
    """Units sorted by size in powers of two, large ones first, since small ones can correct deviations; else shuffled.

    The shuffle sorts by hashes, which are the same on every machine and with every version of the libraries.
    """

    def key(unit: Unit) -> tuple[int, bytes]:
        return -len(unit.examples).bit_length(), hashlib.sha256(f"{seed}/{unit.name}".encode()).digest()

    return sorted(units, key=key)


def _assign_in_order(units: list[Unit], targets: Targets) -> dict[str, list[Unit]] | None:
    """Assign one unit of each label to each split, then each other unit to the split where it fits best."""
    assigned = _one_of_each(units, targets)
    if assigned is None:
        return None
    counts = {split: _counts(assigned[split]) for split in targets}
    totals = _counts(units)
    placed = {unit.name for split in assigned for unit in assigned[split]}
    for unit in units:
        if unit.name not in placed:
            split = min(targets, key=lambda split: _excess(unit, counts[split], targets[split], totals))
            assigned[split].append(unit)
            counts[split].update(unit.counts)
    return assigned


def _one_of_each(units: list[Unit], targets: Targets) -> dict[str, list[Unit]] | None:
    """A small unit with each label for each split, the rarest label first; None if there are too few units."""
    with_label: dict[str, list[Unit]] = defaultdict(list)
    for unit in reversed(units):
        for label in unit.labels:
            with_label[label].append(unit)
    assigned: dict[str, list[Unit]] = {split: [] for split in targets}
    used: set[str] = set()
    for label in sorted(with_label, key=lambda label: (len(with_label[label]), label)):
        for split in targets:
            if any(label in unit.labels for unit in assigned[split]):
                continue
            small = next((unit for unit in with_label[label] if unit.name not in used), None)
            if small is None:
                return None
            assigned[split].append(small)
            used.add(small.name)
    return assigned


def _excess(unit: Unit, counts: Counter[Stratum], target: dict[Stratum, float], totals: Counter[Stratum]) -> float:
    """The increase of the split's squared distance from its targets by adding the unit; all strata weigh the same.

    For units of one image this is the Sainte-Laguë method, which assigns seats in proportion to votes.
    """
    return sum(
        n * (2 * (counts[stratum] - target[stratum]) + n) / (target[stratum] * totals[stratum])
        for stratum, n in unit.counts.items()
    )


def _deviation(assigned: dict[str, list[Unit]], targets: Targets) -> float:
    """The largest deviation from a target, less one image, as a share of the stratum's images."""
    counts = {split: _counts(assigned[split]) for split in targets}
    totals = sum(counts.values(), Counter[Stratum]())
    return max(
        max(0.0, abs(counts[split][stratum] - images) - 1.0) / totals[stratum]
        for split in targets
        for stratum, images in targets[split].items()
    )


def _components(examples: Sequence[Example], contents: Mapping[str, str]) -> list[int]:
    """The connected component of each example, in the graph that links examples to their group and content."""
    nodes: dict[tuple[str, str], int] = {}
    rows, columns = [], []
    for row, example in enumerate(examples):
        for key in (("group", example.group), ("content", contents[example.name])):
            rows.append(row)
            columns.append(nodes.setdefault(key, len(examples) + len(nodes)))
    size = len(examples) + len(nodes)
    edges = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    return connected_components(edges, directed=False)[1][: len(examples)].tolist()
