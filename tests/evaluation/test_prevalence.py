"""Figures at a stated share of cracks, worked out by hand."""

import numpy as np
import pytest

from crack_exp.evaluation.prevalence import ALWAYS, NEVER, Detector, precision_at, workload
from crack_exp.evaluation.wilson import wilson_interval

WALLS = Detector(0.961, 0.531, (0.93, 0.98), (0.49, 0.57))


@pytest.mark.parametrize(("cracks", "precision"), [(0.23, 0.35), (0.01, 0.018)])
def test_the_same_detector_is_less_precise_where_cracks_are_rare(cracks: float, precision: float) -> None:
    # 0.23 x 0.961 = 0.22103 and 0.77 x 0.531 = 0.40887: 0.22103 / 0.62990 = 0.3509
    # 0.01 x 0.961 = 0.00961 and 0.99 x 0.531 = 0.52569: 0.00961 / 0.53530 = 0.01795
    assert workload(WALLS, cracks).precision == pytest.approx(precision, abs=0.001)


def test_one_hundred_images_are_counted() -> None:
    at_one = workload(WALLS, 0.01)
    assert at_one.false_alarms == pytest.approx(52.569) and at_one.alarms == pytest.approx(53.53)
    assert at_one.missed == pytest.approx(0.039)
    assert at_one.images_per_crack == pytest.approx(53.53 / 0.961)


def test_intervals_are_the_corners_of_both() -> None:
    at_one = workload(WALLS, 0.01)
    assert at_one.precision_interval == pytest.approx(
        (0.0093 / (0.0093 + 0.99 * 0.57), 0.0098 / (0.0098 + 0.99 * 0.49))
    )
    assert at_one.false_alarms_interval == pytest.approx((99 * 0.49, 99 * 0.57))
    assert at_one.missed_interval == pytest.approx((0.02, 0.07))
    low, high = at_one.precision_interval or (0, 0)
    assert at_one.images_per_crack_interval == pytest.approx((1 / high, 1 / low))


def test_unknown_intervals_stay_unknown() -> None:
    without = workload(Detector(0.9, 0.1), 0.05)
    assert without.precision_interval is None and without.missed_interval is None
    assert without.false_alarms_interval is None and without.images_per_crack_interval is None


def test_what_needs_no_model() -> None:
    always, never = workload(ALWAYS, 0.05), workload(NEVER, 0.05)
    assert always.precision == pytest.approx(0.05) and always.alarms == pytest.approx(100) and always.missed == 0
    assert always.images_per_crack == pytest.approx(20)
    assert never.precision is None and never.alarms == 0 and never.missed == pytest.approx(5)
    assert never.images_per_crack is None


def test_alarms_that_are_all_false_find_no_crack() -> None:
    nothing = workload(Detector(0.0, 0.2, (0.0, 0.1), (0.1, 0.3)), 0.05)
    assert nothing.precision == 0 and nothing.images_per_crack is None and nothing.images_per_crack_interval is None


def test_intervals_hold_what_they_promise() -> None:
    """60 cracked and 120 intact images, drawn 400 times: precision at 5 % lies inside at least as often as stated."""
    draws = np.random.default_rng(5)
    found, alarms = draws.binomial(60, 0.9, 400), draws.binomial(120, 0.2, 400)
    inside = 0
    for hits, false in zip(found, alarms, strict=True):
        recall, rate = hits / 60, false / 120
        shown = Detector(recall, rate, wilson_interval(recall, 60, 0.95), wilson_interval(rate, 120, 0.95))
        low, high = workload(shown, 0.05).precision_interval or (1, 0)
        inside += low <= (precision_at(0.9, 0.2, 0.05) or 0) <= high
    assert inside >= 380
