"""The data of a comparison, and its tables on the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean, median

import numpy as np
from rich.table import Table as RichTable

from crack_exp.evaluation.disagreement import Disagreement
from crack_exp.evaluation.paired_tests import MIN_SEEDS
from crack_exp.evaluation.pairwise import Pair, conclusion
from crack_exp.evaluation.power import POWER
from crack_exp.evaluation.selection import Selection, Standing
from crack_exp.report.console import as_text, console_table
from crack_exp.report.wording import counted
from crack_exp.training.history import EpochRecord

FEW_ERRORS = 10
"""A test set on which no run makes more errors cannot rank the settings well."""

TITLES = {"accuracy": "accuracy", "auroc": "AUROC", "macro_f1": "macro F1", "loss": "cross-entropy"}

COSTS = {
    "training_seconds": "training (s)",
    "other_seconds": "all else (s)",
    "parameters": "parameters",
    "size_mb": "model.keras (MB)",
}
"""Seconds of training, and of all other parts of a run; parameters of the network, size of its file."""

MAX_PICTURES = 12
"""Images with a disagreement that are shown."""


@dataclass(frozen=True)
class ComparedSetting:
    """A setting as the page shows it.

    seeds: of its runs; figures: {metric: test value of each run}; validation: the compared metric on validation, of the
    runs that recorded it; standing: its test figure with the expected luck, None where that is unknown; intervals: of
    the compared metric on test for each run, None where unknown; costs: {one of COSTS: value of each run, NaN where
    unknown}; settings: {key: value} of those that differ between the compared settings; histories: the epochs of each
    run; confusion: (C, C) test images [true, predicted] of class_names, the mean over runs; seed_disagreements: number
    of test images on which its runs disagree.
    """

    name: str
    seeds: Sequence[str]
    figures: Mapping[str, Sequence[float]]
    validation: Sequence[float]
    standing: Standing | None
    intervals: Sequence[tuple[float, float] | None]
    costs: Mapping[str, Sequence[float]]
    settings: Mapping[str, str]
    histories: Sequence[Sequence[EpochRecord]]
    class_names: Sequence[str]
    confusion: np.ndarray
    seed_disagreements: int

    def known(self, cost: str) -> list[float]:
        return [value for value in self.costs[cost] if not isnan(value)]


@dataclass(frozen=True)
class ShownDisagreements:
    """Images on which settings disagree, the largest disagreement first.

    pictures: {name: (H, W, 3) uint8} of the first MAX_PICTURES of them; missing: a sentence about those that cannot be
    shown, or "".
    """

    images: Sequence[Disagreement]
    pictures: Mapping[str, np.ndarray]
    missing: str


@dataclass(frozen=True)
class Comparison:
    """The compared settings, best first by `metric` on validation, or on test where a run recorded none of validation.

    command: made this comparison; same_runs: the command that selects the same runs by id. images, groups: number of
    test images and groups, where all runs share them; disagreements: None where they do not. excluded: a sentence
    about each run that could not be compared. by_validation: whether validation decided the order; selection: how far
    the best test figure flatters, None where that is unknown. banner: of the page, see `painted`.
    """

    command: str
    same_runs: str
    metric: str
    confidence: float
    ranked: Sequence[ComparedSetting]
    pairs: Sequence[Pair]
    images: int
    groups: int
    disagreements: ShownDisagreements | None
    excluded: Sequence[str]
    by_validation: bool
    selection: Selection | None
    banner: str = ""

    @property
    def tested_pairs(self) -> int:
        return sum(self.metric in pair.differences for pair in self.pairs)

    @property
    def test_set(self) -> str:
        """A sentence about the test images."""
        if self.disagreements is None:
            return "Not all runs have the same test images: the order is not a ranking."
        return (
            f"All on the same {counted(self.images, 'test image')} in {counted(self.groups, 'group')}. "
            f"{order_note(self)}"
        )

    def conclusion(self, pair: Pair) -> str:
        return conclusion(pair, self.metric, self.confidence, self.tested_pairs)


def order_note(comparison: Comparison) -> str:
    """By which figures the settings are ordered, and how far the best test figure flatters."""
    settings = len(comparison.ranked)
    order = (
        "Best first by validation, so the test figure of the first is not flattered by this choice."
        if comparison.by_validation
        else "Best first by test, since not all runs recorded validation figures."
    )
    if (found := comparison.selection) is None:
        return order
    luck = f"{found.flattery:.2g}" if found.has_seeds else f"{found.flattery:.2g}, the luck of the seed not counted"
    return f"{order} The best test figure of {settings} equal settings is expected to flatter by {luck}."


def comparison_text(comparison: Comparison) -> str:
    """Both tables for a log: 80 columns, no colour."""
    return f"{as_text(_settings_table(comparison))}\n\n{as_text(_pairs(comparison))}"


def _settings_table(comparison: Comparison) -> RichTable:
    table = console_table()
    title = TITLES[comparison.metric]
    figures_of = (f"validation {title}", f"test {title}", *_shrunken_title(comparison))
    for column in ("setting", "seeds", *figures_of, "training (s)"):
        table.add_column(column, justify="left" if column == "setting" else "right", overflow="fold")
    for one in comparison.ranked:
        figures = (figure_cell(one.validation), figure_cell(one.figures[comparison.metric]))
        shrunken = shrunken_cells(one)
        table.add_row(one.name, str(len(one.seeds)), *figures, *shrunken, cost_cell(one, "training_seconds"))
    several = any(len(one.seeds) > 1 for one in comparison.ranked)
    spread = "Below each mean: lowest and highest seed." if several else ""
    table.caption = " ".join(filter(None, (comparison.test_set, spread, shrunken_note(comparison))))
    return table


def _shrunken_title(comparison: Comparison) -> list[str]:
    return ["shrunken"] if shrunken_cells(comparison.ranked[0]) else []


def shrunken_cells(one: ComparedSetting) -> list[str]:
    """'0.9712\n± 0.0041': without its expected luck, and the standard error of the figure; none for few settings."""
    if one.standing is None or one.standing.shrunken is None:
        return []
    error = one.standing.standard_error
    return [f"{one.standing.shrunken:.4f}" + (f"\n± {error.value:.4f}" if error.is_known else "")]


def shrunken_note(comparison: Comparison) -> str:
    """What the shrunken figure is; "" where there is none."""
    if not shrunken_cells(comparison.ranked[0]):
        return ""
    return (
        "Shrunken: the test figure drawn towards the mean of all settings, by as much as luck is expected to part them "
        "(James and Stein); ±: standard error of the test figure, over groups of test images and seeds."
    )


def figure_cell(values: Sequence[float]) -> str:
    """'0.9760', or the mean over seeds with the lowest and highest; '-' without any."""
    if not values:
        return "-"
    spread = f"\n{min(values):.4f} to {max(values):.4f}" if len(values) > 1 else ""
    return f"{fmean(values):.4f}{spread}"


def cost_cell(one: ComparedSetting, cost: str) -> str:
    """The median over runs, '-' where unknown."""
    known = one.known(cost)
    return f"{median(known):,.{0 if cost == 'parameters' else 1}f}" if known else "-"


def _pairs(comparison: Comparison) -> RichTable:
    table = console_table()
    table.add_column("second - first", overflow="fold")
    table.add_column(f"{TITLES[comparison.metric]}", justify="right")
    table.add_column("p", justify="right")
    table.add_column("result", overflow="fold")
    for pair in comparison.pairs:
        table.add_row(
            f"{pair.second}\n- {pair.first}", *difference_cells(comparison, pair), comparison.conclusion(pair)
        )
    table.caption = significance_note(comparison)
    return table


def difference_cells(comparison: Comparison, pair: Pair) -> tuple[str, str]:
    """'-0.0123' above '-0.0200 to -0.0046', and the corrected p value."""
    if (difference := pair.differences.get(comparison.metric)) is None:
        return "-", "-"
    interval = difference.interval(comparison.confidence)
    reach = f"\n{interval[0]:+.4f} to {interval[1]:+.4f}" if interval else ""
    return f"{difference.value:+.4f}{reach}", f"{pair.p:.3f}" if pair.p >= 0.001 else "<0.001"


def significance_note(comparison: Comparison) -> str:
    """How to read the results of the tests."""
    if not comparison.tested_pairs:
        return "No pair could be tested."
    sentences = [
        f"{comparison.confidence:.0%} intervals, not corrected.",
        f"p values are corrected for {counted(comparison.tested_pairs, 'comparison')} (Holm).",
        f"Smallest detectable gain: the same test finds a gain of this size with {100 * POWER:.0f} % probability.",
        "The results hold for these training images; other training images were not tested.",
    ]
    if any(not pair.compares_settings for pair in comparison.pairs):
        sentences.append(
            f"With fewer than {MIN_SEEDS} shared seeds, models are compared, not settings: other seeds may give other "
            "results."
        )
    return " ".join([*sentences, saturation_note(comparison)]).rstrip()


def saturation_note(comparison: Comparison) -> str:
    """A warning where the test images are too easy to rank the settings, else ""."""
    errors = round((1 - min(min(one.figures["accuracy"]) for one in comparison.ranked)) * comparison.images)
    if errors > FEW_ERRORS or comparison.disagreements is None:
        return ""
    return (
        f"Even the worst run has no more than {counted(errors, 'error')}: the differences are single images. "
        "Use harder test images, for example of walls that are not in the training images."
    )
