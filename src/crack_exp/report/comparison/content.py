"""The data of a comparison: what its page, its plots and its text on the console show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from string import ascii_uppercase

import numpy as np

from crack_exp.evaluation.decisions import Decisions
from crack_exp.evaluation.disagreement import Agreement
from crack_exp.evaluation.over_seeds import MeanFigure
from crack_exp.evaluation.pairwise import Pair
from crack_exp.evaluation.selection import Selection
from crack_exp.report.comparison.conclusion import conclusion
from crack_exp.training.history import EpochRecord

FEW = 4
"""With more settings than these, tables and plots show the best ones, and fold or leave out the others."""

MAX_PICTURES = 12
"""Images with a disagreement that are shown."""


@dataclass(frozen=True)
class ComparedSetting:
    """A setting as it is shown.

    label: 'A'; name: how it differs from the others; seeds: of its runs; figures: {metric: on test, over its runs};
    validation: the compared metric on validation, the mean over its runs, None where unknown; costs: {one of COSTS:
    value of each run, NaN where unknown}; settings: {key: value} of those that differ between the compared settings;
    histories: the epochs of each run; confusion: (C, C) test images [true, predicted] of class_names, predicted being
    the most probable class, the mean over runs; decisions: crack or intact at the threshold of each run, None where a
    run recorded none; is_calibrated: whether the probabilities of all runs are.
    """

    label: str
    name: str
    seeds: Sequence[str]
    figures: Mapping[str, MeanFigure]
    validation: float | None
    costs: Mapping[str, Sequence[float]]
    settings: Mapping[str, str]
    histories: Sequence[Sequence[EpochRecord]]
    class_names: Sequence[str]
    confusion: np.ndarray
    decisions: Decisions | None
    is_calibrated: bool

    def known(self, cost: str) -> list[float]:
        return [value for value in self.costs[cost] if not isnan(value)]


@dataclass(frozen=True)
class ShownDisagreements:
    """How far the runs agree, and the images on which they do not.

    names, labels: of all N test images; pictures: {name: (H, W, 3) uint8} of the first MAX_PICTURES that are disputed;
    missing: a sentence about those that cannot be shown, or "".
    """

    agreement: Agreement
    names: Sequence[str]
    labels: Sequence[str]
    pictures: Mapping[str, np.ndarray]
    missing: str


@dataclass(frozen=True)
class Ranking:
    """Settings whose runs were evaluated on the same test images, the best on validation first.

    command: compares these settings alone. by_validation: whether they are in that order; else in the order of their
    figures on test. pairs: by label; images, groups, cracks: their numbers among the test images; disagreements: None
    where fewer than two settings have decisions. tested_pairs: of all rankings of the comparison, for which p values
    are corrected. selection: how far the best test figure flatters, None where that is unknown.
    """

    command: str
    ranked: Sequence[ComparedSetting]
    by_validation: bool
    metric: str
    confidence: float
    pairs: Sequence[Pair]
    tested_pairs: int
    images: int
    groups: int
    cracks: int
    selection: Selection | None
    disagreements: ShownDisagreements | None

    @property
    def best(self) -> ComparedSetting:
        return self.ranked[0]

    def shrunken(self, label: str) -> float | None:
        """The compared figure of this setting without its expected luck, None where that is unknown."""
        return None if self.selection is None else self.selection.standings[label].shrunken

    def pair_of(self, one: str, other: str) -> Pair:
        """The pair with these labels."""
        return next(pair for pair in self.pairs if {pair.first, pair.second} == {one, other})

    def conclusion(self, pair: Pair) -> str:
        return conclusion(pair, self.metric, self.confidence, self.tested_pairs)


@dataclass(frozen=True)
class Comparison:
    """All compared settings, in a ranking for each set of test images, that of most settings first.

    command: made this comparison; same_runs: the command that selects the same runs by id. alone: a sentence about
    each setting whose test images no other setting has; excluded: a sentence about each run that could not be compared.
    banner: of the page, see `painted`.
    """

    command: str
    same_runs: str
    metric: str
    confidence: float
    rankings: Sequence[Ranking]
    alone: Sequence[str]
    excluded: Sequence[str]
    banner: str = ""


def label_of(number: int) -> str:
    """'A', ..., 'Z', 'AA', 'AB', ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, len(ascii_uppercase))
        letters = ascii_uppercase[rest] + letters
    return letters
