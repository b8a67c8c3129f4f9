"""What a detector means where cracks are as rare as on a wall: a test set holds as many as somebody put in.

Recall and false alarm rate belong to the detector, precision and workload also to the share of cracks (Bayes' theorem).
"""

from dataclasses import dataclass

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.wilson import Interval

USUAL = (0.01, 0.05, 0.2)
"""Shares of cracks for which the figures are always given: a sound building, a worn one, a damaged part."""


@dataclass(frozen=True)
class Detector:
    """The share of cracks that it finds and of intact images that it calls cracked, both in [0, 1].

    recall_interval, false_alarm_interval: None where unknown.
    """

    recall: float
    false_alarm_rate: float
    recall_interval: Interval | None = None
    false_alarm_interval: Interval | None = None


ALWAYS, NEVER = Detector(1.0, 1.0), Detector(0.0, 0.0)
"""What needs no model: call every image a crack, or none."""


@dataclass(frozen=True)
class Workload:
    """What is expected of 100 images, a share `cracks` of which, in (0, 1), shows cracks.

    alarms, false_alarms, missed: images called cracked, those of them that are intact, cracks not found.
    precision: share of the alarms that are cracks; images_per_crack: alarms to look at for each crack found; both None
    where nothing is called cracked, and images_per_crack where no crack is found.
    """

    cracks: float
    alarms: float
    false_alarms: float
    missed: float
    precision: float | None
    images_per_crack: float | None
    precision_interval: Interval | None
    false_alarms_interval: Interval | None
    missed_interval: Interval | None
    images_per_crack_interval: Interval | None


def workload(detector: Detector, cracks: float) -> Workload:
    """Of a detector where a share `cracks` of the images, in (0, 1), shows cracks.

    Intervals are those of recall and false alarm rate carried over: each figure at the corners of both, since it rises
    or falls steadily with each. At 95 % each, the truth is inside with at least 90 % (Bonferroni); where errors on
    cracked and on intact images are independent, with more than 95 %.
    """
    recall, alarm = detector.recall, detector.false_alarm_rate
    found, false_alarms = 100 * cracks * recall, 100 * (1 - cracks) * alarm
    precision = precision_at(recall, alarm, cracks)
    between = _precision_interval(detector, cracks)
    return Workload(
        cracks=cracks,
        alarms=found + false_alarms,
        false_alarms=false_alarms,
        missed=100 * cracks - found,
        precision=precision,
        images_per_crack=1 / precision if precision else None,
        precision_interval=between,
        false_alarms_interval=_scaled(detector.false_alarm_interval, 100 * (1 - cracks)),
        missed_interval=_missed(detector.recall_interval, 100 * cracks),
        images_per_crack_interval=(1 / between[1], 1 / between[0]) if precision and between and between[0] else None,
    )


def detector_of(test: Evaluation) -> Detector | None:
    """The decision at the threshold, as the test images show it; None where they lack cracks, intact images or both."""
    recall, alarms = "recall_at_threshold", "false_alarm_rate_at_threshold"
    if not {recall, alarms} <= test.scalars.keys():
        return None
    return Detector(test.scalars[recall], test.scalars[alarms], test.intervals.get(recall), test.intervals.get(alarms))


def shares_shown(stated: float | None) -> list[float]:
    """The stated share of cracks first, if there is one, then the usual ones."""
    return list(dict.fromkeys([*([] if stated is None else [stated]), *USUAL]))


def precision_at(recall: float, false_alarm_rate: float, cracks: float) -> float | None:
    """The share of alarms that are cracks, where a share `cracks` of all images is; None without any alarm."""
    found, false_alarms = cracks * recall, (1 - cracks) * false_alarm_rate
    return found / (found + false_alarms) if found + false_alarms else None


def _precision_interval(detector: Detector, cracks: float) -> Interval | None:
    if detector.recall_interval is None or detector.false_alarm_interval is None:
        return None
    (least_found, most_found), (fewest, most) = detector.recall_interval, detector.false_alarm_interval
    low, high = precision_at(least_found, most, cracks), precision_at(most_found, fewest, cracks)
    return None if low is None or high is None else (low, high)


def _scaled(interval: Interval | None, factor: float) -> Interval | None:
    return interval and (factor * interval[0], factor * interval[1])


def _missed(recall: Interval | None, cracks: float) -> Interval | None:
    return recall and (cracks * (1 - recall[1]), cracks * (1 - recall[0]))
