"""What a comparison shows: its tables, on the console and on a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from statistics import fmean, median

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table as RichTable

from crack_exp.evaluation.disagreement import Disagreement
from crack_exp.evaluation.paired_tests import FEWEST_SEEDS
from crack_exp.evaluation.pairwise import Pair, verdict
from crack_exp.report.summary import as_text
from crack_exp.report.wording import counted
from crack_exp.training.history import EpochRecord

FEW_ERRORS = 10
"""Where no run makes more, a test set can hardly rank them."""

TITLES = {"accuracy": "accuracy", "auroc": "AUROC", "macro_f1": "macro F1", "loss": "cross-entropy"}


COSTS = {"seconds": "seconds of a run", "parameters": "parameters", "size_mb": "model.keras (MB)"}
"""What a setting costs: wall time of a run, parameters of the network, its file."""

MOST_PICTURES = 12
"""Of images on which settings disagree."""


@dataclass(frozen=True)
class ComparedSetting:
    """A setting as the page shows it.

    seeds: of its runs; figures: {metric: test value of each run}; intervals: of the metric in question, for each run,
    None where it has none; costs: {one of COSTS: of each run, NaN where it is not known}; settings: {key: value} of
    those in which the ranked differ; histories: the epochs of each run; confusion: (C, C) [true, predicted] test
    images of class_names, the mean over runs; divided_seeds: test images on which its own runs disagree.
    """

    name: str
    seeds: Sequence[str]
    figures: Mapping[str, Sequence[float]]
    intervals: Sequence[tuple[float, float] | None]
    costs: Mapping[str, Sequence[float]]
    settings: Mapping[str, str]
    histories: Sequence[Sequence[EpochRecord]]
    class_names: Sequence[str]
    confusion: np.ndarray
    divided_seeds: int

    def known(self, cost: str) -> list[float]:
        return [value for value in self.costs[cost] if not isnan(value)]


@dataclass(frozen=True)
class Division:
    """Images on which settings disagree, the most divided first.

    pictures: {name: (H, W, 3) uint8} of the first MOST_PICTURES of them; lacking: a sentence on those that cannot be
    shown, "" where there is none.
    """

    images: Sequence[Disagreement]
    pictures: Mapping[str, np.ndarray]
    lacking: str


@dataclass(frozen=True)
class Comparison:
    """All that was compared, best first by `metric`.

    command: what made it; same_runs: what picks the same runs by their ids. images, groups: how many judged, where all
    runs share them. division: None where they do not. left_out: a sentence on each run that could not be compared.
    """

    command: str
    same_runs: str
    metric: str
    confidence: float
    ranked: Sequence[ComparedSetting]
    pairs: Sequence[Pair]
    images: int
    groups: int
    division: Division | None
    left_out: Sequence[str]

    @property
    def tested(self) -> int:
        return sum(self.metric in pair.differences for pair in self.pairs)

    @property
    def judged_on(self) -> str:
        """On what, in a sentence."""
        if self.division is None:
            return "Not all on the same test images: what stands higher need not be better."
        return f"On the same {counted(self.images, 'test image')}, {counted(self.groups, 'group')}; best first."

    def says(self, pair: Pair) -> str:
        return verdict(pair, self.metric, self.confidence, self.tested)


def comparison_text(comparison: Comparison) -> str:
    """Both tables for a log: 80 columns, no colour."""
    return f"{as_text(_settings_table(comparison))}\n\n{as_text(_pairs(comparison))}"


def _settings_table(comparison: Comparison) -> RichTable:
    table = _table()
    for title in ("setting", "seeds", f"test {TITLES[comparison.metric]}", "seconds"):
        table.add_column(title, justify="left" if title == "setting" else "right", overflow="fold")
    for one in comparison.ranked:
        table.add_row(one.name, str(len(one.seeds)), figure_cell(one, comparison.metric), cost_cell(one, "seconds"))
    several = any(len(one.seeds) > 1 for one in comparison.ranked)
    table.caption = comparison.judged_on + (" Below the means: lowest and highest seed." if several else "")
    return table


def figure_cell(one: ComparedSetting, metric: str) -> str:
    """'0.9760', or the mean over seeds with the lowest and highest."""
    values = one.figures[metric]
    spread = f"\n{min(values):.4f} to {max(values):.4f}" if len(values) > 1 else ""
    return f"{fmean(values):.4f}{spread}"


def cost_cell(one: ComparedSetting, cost: str) -> str:
    """The median of its runs, '-' where it is not known."""
    known = one.known(cost)
    return f"{median(known):,.{1 if cost == 'size_mb' else 0}f}" if known else "-"


def _pairs(comparison: Comparison) -> RichTable:
    table = _table()
    table.add_column("second - first", overflow="fold")
    table.add_column(f"{TITLES[comparison.metric]}", justify="right")
    table.add_column("p", justify="right")
    table.add_column("verdict", overflow="fold")
    for pair in comparison.pairs:
        table.add_row(f"{pair.second}\n- {pair.first}", *difference_cells(comparison, pair), comparison.says(pair))
    table.caption = note(comparison)
    return table


def difference_cells(comparison: Comparison, pair: Pair) -> tuple[str, str]:
    """'-0.0123' over '-0.0200 to -0.0046', and the corrected p."""
    if (difference := pair.differences.get(comparison.metric)) is None:
        return "-", "-"
    interval = difference.interval(comparison.confidence)
    reach = f"\n{interval[0]:+.4f} to {interval[1]:+.4f}" if interval else ""
    return f"{difference.value:+.4f}{reach}", f"{pair.p:.3f}" if pair.p >= 0.001 else "<0.001"


def note(comparison: Comparison) -> str:
    """How to read the verdicts."""
    if not comparison.tested:
        return "No pair could be tested."
    said = (
        f"{comparison.confidence:.0%} intervals, each for itself; p is corrected for "
        f"{counted(comparison.tested, 'comparison')} (Holm). 'Would have been': four times in five. All of this is "
        "said of training on these images; others were not tried."
    )
    if any(not pair.of_settings for pair in comparison.pairs):
        said += (
            f" With fewer than {FEWEST_SEEDS} seeds in common it is models, not settings, that are compared: another "
            "seed may say something else."
        )
    return f"{said} {saturated}" if (saturated := exhausted(comparison)) else said


def exhausted(comparison: Comparison) -> str:
    """What must be said where the test images are too easy to tell anything; empty elsewhere."""
    wrong = round((1 - min(min(one.figures["accuracy"]) for one in comparison.ranked)) * comparison.images)
    if wrong > FEW_ERRORS or comparison.division is None:
        return ""
    return (
        f"Even the worst run errs on no more than {counted(wrong, 'image')}: differences are of single images here; "
        "a harder set, of walls that training has not seen, tells more."
    )


def _table() -> RichTable:
    return RichTable(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True, caption_justify="left")
