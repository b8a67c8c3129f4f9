"""Reasons to trust the figures of a run less, a sentence each, with what to do about it.

The bounds are those at which a figure stops to answer what it is asked; each is reasoned where it stands.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.aim import ASSURED, MIN_RECALL, ON_AVERAGE
from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.operating_point import OperatingPoint
from crack_exp.evaluation.risk_control import needed
from crack_exp.report.numbers import Interval, counted, decimal_between, interval_text, percent
from crack_exp.report.run.content import RunReport
from crack_exp.system.errors import quoted

WIDEST = 0.2
"""Of an interval of recall or false alarms: wider, it cannot tell 19 cracks found of 20 from 3 of 4."""

FEWEST_GROUPS = 6
"""With 5 groups, not even a model that is better on every one of them is significantly better: p = 2 / 2**5 = 0.06."""

MOST_ALARMS = 0.5
"""Above it, an alarm says less of an intact wall than a coin."""

CHANCE = 0.5
"""The AUROC of scores that are drawn at random."""

CROSS_VALIDATION = "test on every image in turn: the same command with -m data.fold=1/5,2/5,3/5,4/5,5/5"


def doubts(report: RunReport) -> list[str]:
    """The gravest first; empty where there is none."""
    on_size = _on_test_size(report)
    return [
        *_on_training(report),
        *_on_missing_classes(report),
        *on_size,
        *_on_groups(report),
        *_on_promise(report.point),
        *_on_alarms(report.point),
        *([] if on_size else _on_chance(report.test)),  # few images leave chance open as well
    ]


def _on_training(report: RunReport) -> Iterator[str]:
    if not report.history:
        yield "The model was not trained in this run: set training.epochs or fine_tune.epochs above 0 to train it."


def _on_missing_classes(report: RunReport) -> Iterator[str]:
    for split in ("test", "validation"):
        counts = report.class_counts[split]
        lacking = [name for name in report.test.predictions.class_names if not counts.get(name)]
        if lacking:
            named = ", ".join(map(quoted, lacking))
            yield (
                f"No {split} image is of the class {named}: no figure tells how it is recognised. Add such images, "
                f"raise data.{split}, or deal them anew (data.split_seed)."
            )


def _on_groups(report: RunReport) -> Iterator[str]:
    groups = report.group_counts["test"]
    if not report.groups_known:
        can_be_named = any(setting.key == "data.group_pattern" for setting in report.settings)
        remedy = (
            "name the photo or wall of each image (data.group_pattern, or the column data.group_column of a table)"
            if can_be_named
            else "test the model on photos of other walls as well"
        )
        yield (
            "It is not known which images show the same photo or wall. If training and test images do, all figures are "
            f"too good, and no interval shows it: {remedy}."
        )
    elif groups < FEWEST_GROUPS and not report.is_painted:
        of, no_interval = (
            ("one photo or wall", ", by how much is unknown") if groups == 1 else (f"{groups} photos or walls", "")
        )
        yield (
            f"The test images are of {of} only. Another wall may give other figures{no_interval}, and below "
            f"{FEWEST_GROUPS} no difference between two models can be significant: "
            f"{_more(report, 'photos of other walls')}."
        )


def _on_promise(point: OperatingPoint) -> Iterator[str]:
    aim, sample = point.aim, point.sample
    if aim.rule != MIN_RECALL or aim.min_recall == 1:  # which nothing can promise
        return
    unit = "cracked validation images" if sample.groups is None else "photos or walls with cracks in validation"
    assured, average = (needed(rule, aim.min_recall, aim.assurance) for rule in (ASSURED, ON_AVERAGE))
    if sample.independent < assured:
        yield (
            f"The threshold promises nothing of other images. To promise that {percent(aim.min_recall)} % of the "
            f"cracks are found takes {assured:,} {unit} ({average:,} for a promise on average), and there are "
            f"{sample.independent:,}: add images, or ask for less (evaluation.min_recall)."
        )


def _on_alarms(point: OperatingPoint) -> Iterator[str]:
    if point.false_alarm_rate is not None and point.false_alarm_rate > MOST_ALARMS:
        yield (
            f"To find the cracks that are asked for, {percent(point.false_alarm_rate)} % of the intact validation "
            "images are called cracked as well: train a better model, or ask for less (evaluation.min_recall)."
        )


def _on_test_size(report: RunReport) -> list[str]:
    """Where the share of cracks found, or of false alarms, is hardly known; one sentence for both."""
    wide = [one for one in _asked(report.test) if one.interval and one.width > WIDEST]
    if not wide:
        return []
    images = " and ".join(one.images for one in wide)
    known = ", ".join(f"{one.meaning} {interval_text(one.metric, one.interval)}" for one in wide if one.interval)
    needed = " and ".join(one.needed for one in wide)
    return [
        f"{images} leave much open: {known}. For intervals of {100 * WIDEST:g} points it takes about {needed}: "
        f"{_more(report, 'images')}."
    ]


@dataclass(frozen=True)
class _Asked:
    """A share that test images shall tell. kind: of these images; groups: how many of them are independent."""

    metric: str
    meaning: str
    kind: str
    count: int
    groups: int
    interval: Interval | None

    @property
    def width(self) -> float:
        return self.interval[1] - self.interval[0] if self.interval else 0.0

    @property
    def images(self) -> str:
        of_groups = f" of {counted(self.groups, 'group')}" if self.groups < self.count else ""
        return f"{counted(self.count, f'{self.kind} test image')}{of_groups}"

    @property
    def needed(self) -> str:
        """For an interval as wide as WIDEST: it narrows with the square root of groups, or of single images."""
        count = math.ceil(self.groups * (self.width / WIDEST) ** 2)
        if self.groups == self.count:
            return counted(count, f"{self.kind} image")
        return f"{counted(count, 'group')} with {self.kind} images"


def _asked(test: Evaluation) -> list[_Asked]:
    is_crack, groups = test.predictions.is_crack, np.array(test.predictions.groups)
    return [
        _Asked(metric, meaning, kind, int(chosen.sum()), len(set(groups[chosen])), test.intervals.get(metric))
        for metric, meaning, kind, chosen in (
            ("recall_at_threshold", "cracks found", "cracked", is_crack),
            ("false_alarm_rate_at_threshold", "false alarms", "intact", ~is_crack),
        )
    ]


def _on_chance(test: Evaluation) -> Iterator[str]:
    interval = test.intervals.get("auroc")
    if interval is not None and interval[0] <= CHANCE:
        yield (
            "The crack score may tell cracks from intact images no better than chance (AUROC "
            f"{decimal_between(interval)}; chance is {CHANCE}): train longer, add images, or check the labels."
        )


def _more(report: RunReport, what: str) -> str:
    """How to test on more images; of a run that is one fold of several, the others are there."""
    if any(setting.key == "data.fold" and setting.value != "null" for setting in report.settings):
        return f"read all folds together, or add {what}"
    return f"add {what}, or {CROSS_VALIDATION}"
